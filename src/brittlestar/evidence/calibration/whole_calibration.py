"""The whole calibration in one call: mode, ensemble, known truths, rivals, spread between trials."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from brittlestar._shared.manifest import manifest
from brittlestar._shared.result_files import Content, save_result
from brittlestar._shared.zarr_store import write_zarr
from brittlestar.engine.native.compiler.machine import vector_bits
from brittlestar.evidence.calibration.between_trials import BetweenTrials, between_trials_of
from brittlestar.evidence.calibration.calibrate import Calibration, calibrate
from brittlestar.evidence.calibration.ensemble import SEED, to_dict
from brittlestar.evidence.calibration.fit_rivals import fit_rival, free_under_any_law, log_evidence
from brittlestar.evidence.calibration.free_parameters import FreeParameter
from brittlestar.evidence.calibration.importance import ROUNDS, Draws, NormalApproximation, posterior_draws
from brittlestar.evidence.calibration.kinds import ResultKind
from brittlestar.evidence.calibration.known_truths import linear_ranks, model_ranks
from brittlestar.evidence.calibration.left_out import left_out
from brittlestar.evidence.calibration.misfits import SharedMisfits
from brittlestar.evidence.calibration.points import fit_targets
from brittlestar.evidence.calibration.posterior_tree import posterior_tree
from brittlestar.evidence.calibration.recorded import VECTORS, recorded
from brittlestar.evidence.calibration.rivals import laws
from brittlestar.evidence.calibration.tables import as_text, tables
from brittlestar.evidence.calibration.targets import Targets
from brittlestar.evidence.calibration.write_parameters import changes
from brittlestar.model.healthy_table import load_reference
from brittlestar.model.parameters import Parameters, default_parameters, identity

TRUTHS_LINEAR, TRUTHS_MODEL = 200, 100
"""Simulations with known truths: on the linear model, and with the model itself, where each is a run of it.
With 44 truths each they know the share inside 90 % intervals to 0.3 and 0.5 of 100, as if independent."""

ACROSS_PROCESSORS = 1e-4
"""By so much numbers of a fit may differ from those of one made with other vectors: as such below 1, of the
number above. At the mode of the fourth fit misfits differed by 4e-5 at most."""

Progress = Callable[[str, int, float], None]
"""Called with the stage, the number of runs and the present misfit."""


@dataclass(frozen=True)
class WholeCalibration:
    """What one calibration found."""

    usual: Calibration
    """of the usual law"""
    drawn: Draws
    """of its posterior"""
    ensemble: dict[str, Any]
    """content of ``ensemble.json``"""
    rivals: dict[str, Any]
    """content of ``rivals.json``"""

    @property
    def between(self) -> dict[ResultKind, BetweenTrials]:
        """Spread between trials that its misfits show."""
        return between_trials_of(left_out(self.usual.to_dict(), self.usual.targets))

    def words(self) -> str:
        """Every table in Markdown."""
        return tables(self.usual, self.ensemble, self.rivals, self.between)

    def files(self) -> dict[str, str]:
        """Name -> content of the three files that the package ships."""
        content = {
            "posterior.json": self.usual.to_dict(),
            "ensemble.json": self.ensemble,
            "rivals.json": self.rivals,
        }
        return {name: as_text(one) for name, one in content.items()}

    def differences(self) -> list[dict[str, Any]]:
        """Each file against the one that the package ships; see :func:`difference`."""
        folder = resources.files(__package__)
        theirs, here = recorded("posterior").get(VECTORS), vector_bits()
        return [
            {"file": name} | difference(text, folder.joinpath(name).read_text(encoding="utf-8"), theirs, here)
            for name, text in self.files().items()
        ]

    def save(self, out: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write the three files, the tables as CSV and Markdown, and how they were made."""
        made = manifest(
            seed=SEED,
            parameters=identity(self.usual.parameters),
            inputs={"draws": self.ensemble["draws"]},
        )
        files: dict[str, Content] = {
            **self.files(),
            "parameters.csv": self.usual.parameter_table().write_csv,
            "targets.csv": self.usual.fit_table().write_csv,
            "directions.csv": self.usual.direction_table().write_csv,
            "tables.md": self.words() + "\n",
            "manifest.json": as_text(made),
            "posterior.zarr": lambda path: write_zarr(path, posterior_tree(self.usual, self.drawn), made),
        }
        save_result(out, files, force=force)

    def write(self) -> list[Path]:
        """Put the values into the parameter files and the posterior into the package; what was written."""
        folder = Path(str(resources.files(__package__)))
        new = changes(self.usual) | {folder / name: text for name, text in self.files().items()}
        for path, text in new.items():
            path.write_text(text, encoding="utf-8")
        return list(new)


def difference(mine: str, theirs: str, made_on: int | None, here: int) -> dict[str, Any]:
    """Whether a file is the shipped one, to the last bit or as far as processors agree, and by how much not.

    On a processor with vectors as wide as those that made the shipped file every bit must be the same. On
    another, which rounds otherwise, numbers may be apart by ``ACROSS_PROCESSORS``, words not at all.

    Args:
        mine, theirs: text of the files.
        made_on: bits in a vector of the processor that made the shipped file, if it says so.
        here: of this one.

    Returns:
        ``same`` (to the last bit), ``accepted``, and ``said`` in words.
    """
    if mine == theirs:
        return {"same": True, "accepted": True, "said": "the same to the last bit"}
    a, b = (list(_leaves(json.loads(one))) for one in (mine, theirs))
    if len(a) != len(b):
        return {"same": False, "accepted": False, "said": f"{len(a)} values instead of {len(b)}"}
    off = [pair for pair in zip(a, b) if pair[0] != pair[1]]
    other = made_on is not None and made_on != here
    accepted = other and all(_near(*pair) for pair in off)
    said = f"{len(off)} of {len(a)} values differ{_apart(off)}"
    if other:
        within = "within" if accepted else "beyond"
        said += f"; made with vectors of {made_on} bits, here {here}: {within} {ACROSS_PROCESSORS:g}"
    return {"same": False, "accepted": accepted, "said": said}


def _near(a: Any, b: Any) -> bool:
    numbers = isinstance(a, int | float) and isinstance(b, int | float)
    return numbers and abs(a - b) <= ACROSS_PROCESSORS * max(1.0, abs(b))


def _leaves(content: Any) -> Any:
    """Every number and word of a file in order, but what processor made it."""
    if isinstance(content, dict):
        for key, value in content.items():
            if key == VECTORS:
                continue
            yield key
            yield from _leaves(value)
    elif isinstance(content, list):
        for value in content:
            yield from _leaves(value)
    else:
        yield content


def _apart(pairs: Sequence[tuple[Any, Any]]) -> str:
    """How far numbers lie apart at most, and the first text that is another."""
    numbers = [abs(a - b) for a, b in pairs if isinstance(a, int | float) and isinstance(b, int | float)]
    said = f", numbers by at most {max(numbers):.3g}" if numbers else ""
    texts = [pair for pair in pairs if any(isinstance(one, str) for one in pair)]
    return said + (f"; {len(texts)} texts, the first {texts[0][0]!r} for {texts[0][1]!r}" if texts else "")


def run_whole_calibration(
    *,
    density: str = "default",
    base: Parameters | None = None,
    targets: Targets | None = None,
    free: Sequence[FreeParameter] | None = None,
    rival: Sequence[str] | None = None,
    rounds: Sequence[int] = ROUNDS,
    truths: tuple[int, int] = (TRUTHS_LINEAR, TRUTHS_MODEL),
    most: int = 40,
    workers: int = 2,
    progress: Progress | None = None,
) -> WholeCalibration:
    """Fit, draw the posterior, look for known truths, fit the rivals.

    Deterministic: the same files give the same bits on the same kind of processor, whatever the values in
    use, the number of workers or what else the machine does.

    Args:
        density: name of the spine-density reference.
        base: values of all that is not free; defaults to the shipped ones.
        targets: defaults to the shipped ones.
        free: parameters of the usual law; defaults to the shipped ones. Others are for trying things out,
            without rivals.
        rival: names of the laws that are fitted beside the usual one; all by default.
        rounds: runs of the model behind the ensemble.
        truths: simulations with known truths, on the linear model and with the model itself.
        most: evaluations after which the fit stops.
        workers: runs of the model side by side.
        progress: called after every run of the model.
    """

    def tell(stage: str) -> Callable[[int, float], None]:
        return lambda count, total: progress(stage, count, total) if progress else None

    wanted = targets or fit_targets()
    misfits = SharedMisfits(wanted, free or free_under_any_law(), load_reference(density), workers)
    base = base or default_parameters()
    found = calibrate(targets=wanted, free=free, base=base, most=most, progress=tell("fit"), misfits=misfits)
    post = found.posterior
    # The usual law as the files will state it: parameters of other laws are held at what is in use.
    held = [one.shipped for one in misfits.free]
    usual = misfits.of_some(misfits.fitted, found.free, found.parameters, held)

    def residuals(z: np.ndarray) -> np.ndarray:
        return usual.residuals(post.centre + post.prior_sd * z)

    near = NormalApproximation((post.mode - post.centre) / post.prior_sd, post.slopes)
    drawn, surrogate = posterior_draws(
        residuals, near, rounds=rounds, seed=SEED, progress=tell("draws"), workers=workers
    )
    linear = linear_ranks(post.slopes, truths[0], seed=SEED)
    model = model_ranks(
        residuals, near, surrogate, drawn, truths[1], seed=SEED, progress=tell("known truths")
    )
    z, r = near.mode, residuals(near.mode)
    of_usual = {
        "chi2": float(r @ r),
        "prior_cost": float(z @ z),
        "log_evidence": log_evidence(r, z, post.slopes),
    }
    others = {}
    for name, law in laws().items():
        if rival is None or name in rival:
            others[name] = fit_rival(law, misfits, post, base)
            tell(f"rival {name}")(1, others[name]["chi2"])
    rivals = {"schema": "brittlestar/rivals/2", "usual": of_usual, "rivals": others}
    known = {"linear": linear.to_dict(), "model": model.to_dict()}
    return WholeCalibration(
        found, drawn, to_dict(drawn, found.free, seed=SEED) | {"truths": known}, _rounded(rivals)
    )


def _rounded(content: Any) -> Any:
    """Six decimals everywhere: far below any uncertainty."""
    if isinstance(content, dict):
        return {key: _rounded(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_rounded(value) for value in content]
    return float(np.round(content, 6)) if isinstance(content, float) else content
