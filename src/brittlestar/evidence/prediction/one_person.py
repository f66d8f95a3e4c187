"""One person under plans, with what the science leaves open: sets of the posterior under all laws."""

import hashlib
import inspect
from functools import cache, partial, wraps
from importlib import resources
from pathlib import Path
from typing import Any

import jax
import numpy as np

from brittlestar import evidence
from brittlestar._shared.arguments import whole_between
from brittlestar._shared.disk_cache import kept_arrays
from brittlestar._shared.errors import InputError
from brittlestar.comparison import Comparison
from brittlestar.comparison import compare as under_one_set
from brittlestar.model.parameter_sets import sets_of
from brittlestar.model.parameters import Parameters, default_parameters

SETS = 16
"""Parameter sets beside the shipped one: an answer waits as long for them as for itself."""

MOST_SETS = 200
"""As many as power takes."""


def open_sets(count: int = SETS) -> tuple[Parameters, ...]:
    """Parameter sets that the data leave open: the posterior under all laws, as in predictions and in power.

    All stand for as much of it. They are kept on disk: whoever asks of one person waits for their numbers,
    and not until the fit is read.

    Args:
        count: how many, 0 to 200.

    Raises:
        InputError: another number.
    """
    return _open_sets(whole_between(count, 0, MOST_SETS, "count"))


@cache
def _open_sets(count: int) -> tuple[Parameters, ...]:
    if not count:
        return ()

    def drawn() -> dict[str, np.ndarray]:
        from brittlestar.evidence.prediction.laws import mixed_sets  # reads the whole fit

        sets = (jax.tree.leaves(p) for _, p in mixed_sets(count))
        return {str(i): np.stack(leaf) for i, leaf in enumerate(zip(*sets, strict=True))}

    found, form = kept_arrays(f"open sets {count} {_fit()}", drawn), jax.tree.structure(default_parameters())
    leaves = [found[str(i)] for i in range(form.num_leaves)]
    return tuple(jax.tree.unflatten(form, [leaf[k] for leaf in leaves]) for k in range(count))


def _fit() -> str:
    """Digest of all that the sets are drawn from."""
    digest = hashlib.sha256()
    for room in ("calibration", "prediction"):
        place = Path(str(resources.files(evidence))) / room
        for path in sorted(one for one in place.iterdir() if one.is_file()):
            digest.update(path.read_bytes())
    return digest.hexdigest()


@wraps(under_one_set)
def compare(*args: Any, sets: int | None = None, **told: Any) -> Comparison:
    count = whole_between(SETS if sets is None else sets, 0, MOST_SETS, "sets")
    if sets:
        told["parameters"] = own = sets_of(told.get("parameters"))
        if len(own) > 1:
            raise InputError("sets", sets, f"accepted: none beside {len(own)} parameter sets of one's own")
    return under_one_set(*args, sets=partial(open_sets, count), **told)


_SIGNATURE = inspect.signature(under_one_set)
_SETS = _SIGNATURE.parameters["sets"].replace(annotation=int, default=SETS)
compare.__signature__ = _SIGNATURE.replace(  # type: ignore[attr-defined]
    parameters=[_SETS if one.name == "sets" else one for one in _SIGNATURE.parameters.values()]
)
compare.__doc__ = str(under_one_set.__doc__).replace(
    "sets: makes parameter sets that the science leaves open, beside the shipped one;",
    "sets: how many parameter sets, of all laws, say what the science leaves open;",
)
