"""The step against the same model in continuous time: error by output, and the order at which it falls."""

from itertools import pairwise

import numpy as np

from brittlestar.engine import simulate_cohort
from brittlestar.evidence.credibility.exact_answers import GROUP, YEARS, people, schedule
from brittlestar.evidence.credibility.row import Row, Settings, judged, left_out
from brittlestar.model.reference_solution import reference_course

STEPS = (7.0, 3.5, 1.75)
DAYS = 364.0
CASES = (
    ((4.0, "female", "I"), "no treatment"),
    ((8.0, "female", "I"), "zoledronate 0.05 mg/kg iv every 6 months"),
    ((6.0, "female", "IV"), "pamidronate 1 mg/kg/day for 3 days every 4 months"),
    ((11.0, "male", "IV"), "risedronate 5 mg daily"),
    ((45.0, "female", "I"), "zoledronate 5 mg iv every 12 months"),
    ((0.5, "male", "III"), "zoledronate 0.025 mg/kg iv every 3 months"),
)
INFANT = 5
"""Place of the treated infant, whose bone changes by several per cent a week."""

SECOND_ORDER = (
    "ls_abmd",
    "ctx",
    "bsap",
    "tb_n",
    "tb_th_um",
    "ct_wi_mm",
    "mineral_mean",
    "strength_vertebral",
)
OTHERS = (
    "ls_z",
    "p1np",
    "porosity",
    "strength_limb",
    "drug_surface_nmol",
    "drug_buried_nmol",
    "expected_fractures_lower_limb",
    "expected_fractures_vertebral",
)
USUAL, OF_INFANT, ORDER, ORDER_OF_OTHERS = 1e-3, 4e-3, 1.3, 0.8
"""Errors and orders asked for: errors far below what a scan or an assay can see, orders with room for
terms of the next order, which weigh at 7 days."""

LOOSER = {"expected_fractures_vertebral": 2e-3}
FLOOR = 1e-6
"""An error this small is that of the solver, and its order says nothing."""


def _course(step: float) -> dict[str, np.ndarray]:
    plans = [schedule(words, round(DAYS / step), step) for _, words in CASES]
    course = simulate_cohort(
        people(*(who for who, _ in CASES)),
        plans,
        np.arange(len(CASES)),
        YEARS,
        step_days=step,
        output_days=7.0,
        outputs=(*SECOND_ORDER, *OTHERS),
        fates=False,
    )
    return course.outputs


def _truth() -> dict[str, np.ndarray]:
    plans = [schedule(words, round(DAYS / 7.0), 7.0) for _, words in CASES]
    return reference_course(
        people(*(who for who, _ in CASES)),
        plans,
        np.arange(len(CASES)),
        YEARS,
        outputs=(*SECOND_ORDER, *OTHERS),
        tolerance=1e-8,
    )[1]


def _errors(name: str, found: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Largest error of each case over the output's scale [case]."""
    scale = np.abs(true)
    if name == "ls_z":
        scale = np.ones_like(true)
    elif name.startswith("drug"):
        scale = np.broadcast_to(np.abs(true).max(axis=0) + 1e-12, true.shape)
    elif name.startswith("expected"):
        scale = np.maximum(scale, true[4])
    return np.max(np.abs(found - true) / scale, axis=0)


def convergence(s: Settings) -> list[Row]:
    """One row of error and one of order per output."""
    if s.quick:
        return [left_out("continuous", GROUP, "The weekly step is close to continuous time")]
    true, courses = _truth(), [_course(step) for step in STEPS]
    rows = []
    for name in (*SECOND_ORDER, *OTHERS):
        e = [_errors(name, course[name], true[name]) for course in courses]
        usual, infant = float(np.delete(e[0], INFANT).max()), float(e[0][INFANT])
        limit = LOOSER.get(name, USUAL)
        rows.append(
            judged(
                f"error_{name}",
                GROUP,
                f"The weekly step is close to continuous time: {name}",
                method="six people and plans for a year against a solver (rtol 1e-8), every week",
                threshold=f"error over scale below {limit:g}, treated infant {OF_INFANT:g}",
                value=f"{usual:.1e}, treated infant {infant:.1e}",
                passed=usual < limit and infant < OF_INFANT,
            )
        )
        sizes = [float(x.max()) for x in e]
        orders = [float(np.log2(a / b)) for a, b in pairwise(sizes) if b > 0.0]
        least = ORDER if name in SECOND_ORDER else ORDER_OF_OTHERS
        overall = float(np.log(sizes[0] / sizes[-1]) / np.log(STEPS[0] / STEPS[-1])) if sizes[-1] > 0 else 9.0
        rows.append(
            judged(
                f"order_{name}",
                GROUP,
                f"The error falls with the step: {name}",
                method="observed order at 7, 3.5 and 1.75 days",
                threshold=f"at least {least:g} overall",
                value=f"{overall:.2f} ({', '.join(f'{x:.2f}' for x in orders)})",
                passed=overall >= least or sizes[0] < FLOOR,
                note=f"errors {', '.join(f'{x:.1e}' for x in sizes)}",
            )
        )
    return rows
