"""What power is asked of: the endpoints of a protocol, and when one of their trials has found an effect.

Every trial is analysed by :func:`brittlestar.trials.analysis.analyse`, as ``trial`` does.
"""

import numpy as np

from brittlestar.trials.answers import Answers
from brittlestar.trials.endpoint import RATIO_KINDS, Endpoint
from brittlestar.trials.measures import MEASURES
from brittlestar.trials.protocol import Protocol

LEVEL = 0.05
"""Two-sided."""

USUAL = (
    ("first", "First fracture (Cox)", "hazard_ratio"),
    ("recurrent_nb", "Recurrent fractures (negative binomial)", "rate_ratio_nb"),
    ("recurrent_lwyy", "Recurrent fractures (Andersen-Gill, robust)", "rate_ratio_lwyy"),
)
"""Fracture endpoints that are asked of every protocol, over every duration: id, label, kind."""


def durations(protocol: Protocol) -> list[float]:
    """Months at which a trial may end: whole years while the arms differ, or its own length if shorter."""
    years = protocol.design.blinded_years or protocol.design.years
    return [12.0 * year for year in range(1, int(years) + 1)] or [12.0 * years]


def endpoints(protocol: Protocol) -> list[Endpoint]:
    """The endpoints of the protocol, each at its month, and the usual ones of fractures it does not state.

    Of a trial of one arm those that an arm alone is tested by: the past of its people is the control.
    """
    if len(protocol.arms) == 1:
        return [e for e in protocol.endpoints if e.tested_alone]
    stated = list(protocol.endpoints)
    same = {(e.kind, e.window, _sites(e, protocol)) for e in stated}
    ids = {e.id for e in stated}
    everywhere = _sites(None, protocol)
    usual = [
        Endpoint(**{"id": name, "label": label, "kind": kind, "window": (0.0, end)})
        for name, label, kind in USUAL
        for end in durations(protocol)
        if name not in ids and (kind, (0.0, end), everywhere) not in same
    ]
    return [*stated, *usual]


def comparisons(protocol: Protocol) -> list[tuple[tuple[int, ...], str]]:
    """Arms of each comparison, control first, and its name; of one arm that arm, held against its past."""
    if len(protocol.arms) == 1:
        return [((0,), protocol.arms[0].id)]
    return [((protocol.control, treated), contrast) for treated, contrast in protocol.contrasts]


def without_effect(protocol: Protocol) -> Protocol:
    """The same trial with what its control is given in every arm, in a trial of one arm nothing."""
    plan = "no treatment" if len(protocol.arms) == 1 else protocol.arms[protocol.control].plan
    arms = tuple(arm.model_copy(update={"plan": plan}) for arm in protocol.arms)
    return protocol.model_copy(update={"arms": arms})


def _sites(e: Endpoint | None, protocol: Protocol) -> frozenset[str]:
    counted = frozenset(protocol.conduct.fracture_sites)
    return counted if e is None or not e.sites else counted & frozenset(e.sites)


def counted_over(asked: list[Endpoint], end: float, protocol: Protocol) -> Endpoint | None:
    """The negative binomial endpoint of all fractures from the start to a month, if there is one."""
    wanted = ("rate_ratio_nb", (0.0, end), _sites(None, protocol))
    return next((e for e in asked if (e.kind, e.window, _sites(e, protocol)) == wanted), None)


def last_of_each(asked: list[Endpoint]) -> list[Endpoint]:
    """Of endpoints with one id the one at the latest month."""
    latest = {e.id: e for e in sorted(asked, key=lambda e: e.months)}
    return [e for e in asked if latest[e.id] is e]


def better(e: Endpoint) -> int:
    """Sign of an effect to the good of the treated: 1 higher, -1 lower, 0 where neither is."""
    return -1 if e.window is not None else MEASURES[e.measure or ""].better


def direction(e: Endpoint) -> str:
    """Which effects count as found, in words."""
    return {1: "higher", -1: "lower", 0: "either"}[better(e)]


def compared(protocol: Protocol, control: int, treated: int) -> Protocol:
    """The protocol with these two of its arms alone; the same twice for no effect."""
    first, second = protocol.arms[control], protocol.arms[treated]
    if control == treated:
        second = second.model_copy(update={"id": f"{second.id}_again"})
    arms = (first.model_copy(update={"control": True}), second.model_copy(update={"control": False}))
    return protocol.model_copy(update={"arms": arms})


def found(e: Endpoint, answers: Answers, level: float = LEVEL, *, either: bool = False) -> np.ndarray:
    """Whether each trial finds an effect: two-sided p below the level, and to the good of the treated.

    A trial without an answer finds none. ``either``: an effect in any direction counts, as where both arms
    are controls.
    """
    null, sign = float(e.kind in RATIO_KINDS), 0 if either else better(e)
    return (answers.p_value < level) & ((sign == 0) | (sign * (answers.value - null) > 0.0))
