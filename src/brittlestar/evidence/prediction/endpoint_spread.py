"""How far trials of one kind lie apart, on the scale on which an endpoint is worked with."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from brittlestar._shared.chance import evenly
from brittlestar.evidence.calibration.between_trials import Form, between_trials
from brittlestar.evidence.calibration.kinds import ResultKind, levelled
from brittlestar.trials.endpoint import Endpoint
from brittlestar.trials.summary import unit


class Offset(NamedTuple):
    """What a whole trial may be off by in one endpoint: ``size`` times tau times a standard normal."""

    kind: ResultKind
    size: float
    form: Form

    @property
    def variance(self) -> float:
        """When tau is drawn from its posterior."""
        return (self.size * self.form.rms) ** 2


DENSITIES = ("ls_abmd", "ls_bmad", "hip_density", "neck_density", "radius_density")
"""Measures whose change is a density's, at any site."""


def is_ratio(endpoint: Endpoint) -> bool:
    """Whether an endpoint is worked with on the log scale."""
    return unit(endpoint) == "ratio"


def kind_of_endpoint(endpoint: Endpoint) -> ResultKind | None:
    """Kind of result whose spread between trials applies; of fractures that of effects."""
    measure = endpoint.measure
    if measure is None:
        return "fracture effect"
    if measure in DENSITIES and endpoint.kind in ("pct_change", "ratio_to_control"):
        return "density"
    if measure in ("ls_z", "tb_z") and endpoint.kind == "change":
        return "z"
    return "markers" if measure in ("ctx", "untx", "p1np", "bsap") and endpoint.kind != "change" else None


def offsets(
    endpoint: Endpoint,
    mean: float,
    *,
    contrast: bool,
    treated: bool = True,
    level: float | None = None,
    earlier: float | None = None,
) -> tuple[Offset, ...]:
    """What a trial may be off by in an endpoint, on the scale on which it is worked with.

    Rates of fracture have an offset of level, the same in all arms, and one of effect in treated arms: in a
    difference of rates the first is as large as the difference, the second as large as the rate of the
    treated.
    Of a share 1 - exp(-H) an offset of ln H moves it by H exp(-H). Density, Z and markers have one of change.

    A control that was followed earlier is a population of its own: nothing that both share cancels. The
    levels of a ratio, of fractures or of density, then have twice the variance of either, and a difference
    has the offsets of both arms.

    Args:
        endpoint: what is computed.
        mean: of the arm or contrast, on the scale of work.
        contrast: whether arms are compared.
        treated: whether the arm, or the first of the two, gets a drug.
        level: rate or share of the treated, for their difference.
        earlier: mean of a control that was followed earlier, for the contrast with it; NaN of a ratio.
    """
    kind = kind_of_endpoint(endpoint)
    if kind is None or not np.isfinite(mean):
        return ()
    if contrast and earlier is not None:
        return _between_populations(endpoint, mean, earlier, treated)
    if kind != "fracture effect":
        return (_of_change(endpoint, kind, mean, contrast),)
    known = between_trials()
    effect = known["fracture effect"]
    if is_ratio(endpoint):
        size = abs(mean) if effect.relative else 1.0
        return (Offset("fracture effect", size, effect.kept),)
    if endpoint.kind not in ("proportion_fractured", "fracture_rate"):
        return ()
    whole = mean if level is None or not contrast else level
    moved, apart = _moved(endpoint, whole), abs(mean) if contrast else _moved(endpoint, mean)
    found = [Offset("fracture level", apart, known["fracture level"].constant)]
    if treated:
        found.append(Offset("fracture effect", moved, effect.constant))
    return tuple(found)


def _between_populations(
    endpoint: Endpoint, mean: float, earlier: float, treated: bool
) -> tuple[Offset, ...]:
    """Offsets of a contrast with people of another population, as :func:`offsets`."""
    if not is_ratio(endpoint):
        arms = (mean + earlier, treated), (earlier, False)
        each = [one for at, drug in arms for one in offsets(endpoint, at, contrast=False, treated=drug)]
        sizes: dict[ResultKind, float] = {}
        for one in each:
            sizes[one.kind] = float(np.hypot(sizes.get(one.kind, 0.0), one.size))
        return tuple(one._replace(size=sizes[one.kind]) for one in {one.kind: one for one in each}.values())
    (own,) = offsets(endpoint, mean, contrast=True)
    if endpoint.kind == "rate_ratio_before":
        # Each arm is held against its own past: levels cancel in each.
        return (own,)
    if own.kind == "fracture effect":
        return own, Offset("fracture level", 2.0**0.5, between_trials()["fracture level"].constant)
    known = between_trials()[own.kind]
    both = Offset(own.kind, 2.0**0.5, known.constant)
    # In proportion to a change an offset is of what the drug did; values of two populations differ beside it.
    return (both,) if known.relative is None else (own, both)


def _moved(endpoint: Endpoint, value: float) -> float:
    """What one unit of the log rate moves a rate or share by."""
    if endpoint.kind == "fracture_rate":
        return abs(value)
    alive = float(np.clip(1.0 - value, 1e-6, 1.0 - 1e-6))
    return alive * -float(np.log(alive))


def _of_change(endpoint: Endpoint, kind: ResultKind, mean: float, contrast: bool) -> Offset:
    """Offset of density, Z or a marker: constant, or in proportion to the change where that is kept."""
    found = between_trials()[kind]
    if kind == "z":
        return Offset(kind, levelled(kind, abs(mean)) if found.relative else 1.0, found.kept)
    if is_ratio(endpoint):
        return Offset(kind, abs(mean) if found.relative else 1.0, found.kept)
    if endpoint.kind != "pct_change":
        # A value says nothing of how far it changed.
        return Offset(kind, abs(mean), found.constant)
    # d(100 (e^x - 1)) = (100 + y) dx; a difference of two changes is in points of the value at entry.
    points = 100.0 if contrast else max(100.0 + mean, 0.0)
    change = abs(mean) / 100.0 if contrast else abs(np.log(max(points, 1.0) / 100.0))
    return Offset(kind, points * (change if found.relative else 1.0), found.kept)


def drawn(found: Sequence[Offset], count: int, seed: int, key: str, widened: float = 1.0) -> np.ndarray:
    """Offsets of so many trials: tau from its posterior, a new one in each; ``widened`` times the SD
    [draw]."""
    total = np.zeros(count)
    for one in found:
        tau = one.form.draw(evenly(seed, count, f"{key} {one.kind} spread"))
        total += one.size * tau * ndtri(evenly(seed, count, f"{key} {one.kind} trial"))
    return widened * total
