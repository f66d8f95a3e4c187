"""Points of people who differ: drawn, followed under the plan of their study, measured as a trial measures.

What is measured has the error of a reading and the walk of density, as the published spread has. Spreads are
over everybody drawn; hazard ratios per SD are slopes of ln hazard with frailty averaged out.
"""

from collections.abc import Iterable

import numpy as np

from brittlestar._shared.chance import normal
from brittlestar.aftermath.consequences import aftermath_parameters
from brittlestar.aftermath.events import Setting
from brittlestar.aftermath.vertebrae import vertebral_shape
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine.baseline import at_entry
from brittlestar.engine.run import Course, simulate_cohort
from brittlestar.evidence.calibration.points import Point, Points
from brittlestar.evidence.calibration.risk_by_density import PEOPLE, drawn_women, log_slope, risk_by_density
from brittlestar.evidence.calibration.targets import plan_of
from brittlestar.model.parameters import Parameters
from brittlestar.outcomes.fracture import SITES
from brittlestar.outcomes.reactions import acute_phase_chance, own_acute_phase_chance
from brittlestar.people.cohort import Cohort
from brittlestar.trials.measurement import measured_at
from brittlestar.trials.measures import MEASURES
from brittlestar.trials.protocol_parts import DAYS_PER_MONTH

SEED = 1
STEP_DAYS = 7.0
FALL_MONTHS = 12.0
"""When the fall of a marker is seen; fractures count from then on."""
FRACTURES = "fractures"
EXPECTED = tuple(f"expected_fractures_{site}" for site in SITES)
OF_VERTEBRAE = ("hazard_vertebral", "height_cm", "turnover_ratio")


def values_between_people(table: Points, p: Parameters) -> dict[str, float]:
    """The model's value of every point of people who differ, by its id.

    Args:
        table: of points.
        p: parameters.
    """
    groups: dict[tuple[str, str], list[Point]] = {}
    for point in table.points:
        if point.people:
            groups.setdefault((point.people, point.plan), []).append(point)
    everything = [point for mine in groups.values() for point in mine]
    needs = [MEASURES[point.measure].outputs for point in everything if point.measure in MEASURES]
    # All runs put out the same, so that plans of one kind share a program.
    outputs = tuple(dict.fromkeys([*EXPECTED, *OF_VERTEBRAE, *(name for names in needs for name in names)]))
    found: dict[str, float] = {}
    for (people, plan), mine in groups.items():
        cohort = table.people[people].draw(PEOPLE, SEED)
        found |= zip((point.id for point in mine), _values(cohort, plan, mine, outputs, p))
    return found


def _values(
    cohort: Cohort, plan: str, mine: list[Point], outputs: tuple[str, ...], p: Parameters
) -> Iterable[float]:
    course = _course(cohort, plan, mine, outputs, p)
    for point in mine:
        match point.statistic:
            case "risk_by_density":
                yield float(np.exp(risk_by_density(drawn_women(SEED), [point.sites], p)[0]))
            case "risk_by_marker_fall":
                yield risk_by_marker_fall(point, course, cohort)
            case "first_reaction":
                yield first_reaction(plan, cohort)
            case "with_crushed_vertebra":
                yield float(np.mean(crushed_vertebrae(course, cohort) > 0.0))
            case "vertebrae_crushed":
                yield float(np.mean(crushed_vertebrae(course, cohort)))
            case _:
                seen = observed(point, course, cohort)
                sd = float(np.std(seen, ddof=1))
                yield sd / abs(float(np.mean(seen))) if point.statistic == "sd_over_mean" else sd


def observed(point: Point, course: Course, cohort: Cohort) -> np.ndarray:
    """What is on file of everybody [person]: a trait, a count of fractures, or a reading and its change."""
    if point.measure == FRACTURES:
        known = np.isin(course.fracture_site, [SITES.index(site) for site in point.sites])
        counted = known & (course.fracture_years <= point.months / 12.0)
        return np.bincount(course.fracture_person[counted], minlength=len(cohort))
    if point.measure not in MEASURES:
        return np.asarray(getattr(cohort, point.measure))
    months = np.array([0.0, point.months])[:, None] * np.ones(len(cohort))
    first, last = measured_at(point.measure, course, cohort, SEED, months)
    if point.kind == "level":
        return last if point.months else first
    return last - first if point.kind == "change" else 100.0 * (last / first - 1.0)


def risk_by_marker_fall(point: Point, course: Course, cohort: Cohort) -> float:
    """ln of the hazard ratio per SD more of fall of a marker.

    Everybody's fall in the first year as it is read, in %, against their expected fractures from then on.
    """
    months = np.array([0.0, FALL_MONTHS])[:, None] * np.ones(len(cohort))
    first, later = measured_at(point.measure, course, cohort, SEED, months)
    fall = 100.0 * (1.0 - later / first)
    names = [f"expected_fractures_{site}" for site in point.sites]
    at = np.array([FALL_MONTHS, point.months]) / 12.0
    hazard = sum(np.diff(course.at(name, at), axis=0)[0] for name in names) / cohort.frailty
    return log_slope(hazard, fall / fall.std())


def first_reaction(plan: str, cohort: Cohort) -> float:
    """Share with an acute-phase reaction to the first dose of a plan, who never had such a drug."""
    p = aftermath_parameters().reactions
    drug = DRUGS.index(plan_of(plan).regimens[0].drug)
    chance = acute_phase_chance(np.full(len(cohort), drug), True, cohort.age_years, p)
    return float(np.mean(own_acute_phase_chance(chance, normal(SEED, cohort.id, "reaction"), p)))


def crushed_vertebrae(course: Course, cohort: Cohort) -> np.ndarray:
    """Share of the vertebrae of a lateral view that are crushed at entry [person], untreated until then."""
    n, p = len(cohort), aftermath_parameters().spine
    people = Setting(cohort, course, (), np.zeros(n, int), np.zeros(n, bool), SEED)
    _, compressed = vertebral_shape(people, p)
    return compressed[0] / float(p.vertebrae)


def _course(cohort: Cohort, plan: str, mine: list[Point], outputs: tuple[str, ...], p: Parameters) -> Course:
    """True courses to the last month of the points; at entry alone where none is of a later month."""
    days = sorted({month * DAYS_PER_MONTH for point in mine for month in (FALL_MONTHS, point.months)})
    last = max(point.months for point in mine) * DAYS_PER_MONTH
    if not last:
        nobody = np.zeros(0, int)
        entry = {name: np.asarray(values)[None] for name, values in at_entry(cohort, outputs, p).items()}
        return Course(np.zeros(1), entry, nobody, nobody, np.zeros(0))
    steps, care = int(np.ceil(last / STEP_DAYS - 1e-9)), plan_of(plan)
    whole = np.floor(cohort.age_years * 12.0) if care.needs_age else np.zeros(len(cohort))
    months, index = np.unique(whole, return_inverse=True)
    return simulate_cohort(
        cohort,
        [
            care.schedule(steps, STEP_DAYS, age_years=month / 12.0 if care.needs_age else None, drugs=DRUGS)
            for month in months
        ],
        index,
        last / (12.0 * DAYS_PER_MONTH),
        seed=SEED,
        parameters=p,
        step_days=STEP_DAYS,
        output_days=[day for day in days if 0 < day <= last],
        outputs=outputs,
        drugs=1,
    )
