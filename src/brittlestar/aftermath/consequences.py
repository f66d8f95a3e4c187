"""What follows from a finished course, person by person: pain, spine, healing, reactions, rare harms.

None of it acts back on bone, so it is worked out after the run, from the course and from what was given.
Chance is keyed, so treated and untreated courses of one person are paired.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from brittlestar._shared.chance import normal, uniform
from brittlestar._shared.errors import InputError
from brittlestar._shared.parameter_files import DAYS_PER_YEAR, fill
from brittlestar.aftermath import events
from brittlestar.aftermath.received import Given
from brittlestar.aftermath.spine import SpineCourse, spine_course
from brittlestar.engine.run import Course
from brittlestar.outcomes import healing, metaphysis, pain, pain_report, reactions, safety, spine
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.oi_types import load_types

NEEDED = (
    "bsap", "drug_exposure", "hazard_lower_limb", "hazard_vertebral", "height_cm", "ls_z", "microdamage",
    "turnover_ratio", "vitamin_d_nmol_per_l", "weight_kg",
)  # fmt: skip
"""Outputs that a course must hold."""


class AftermathParameters(NamedTuple):
    """One field per parameter file."""

    healing: healing.Healing
    spine: spine.Spine
    reactions: reactions.Reactions
    safety: safety.Safety
    metaphysis: metaphysis.Metaphysis
    pain: pain.Pain
    report: pain_report.PainReport


def aftermath_parameters() -> AftermathParameters:
    """The shipped values."""
    return AftermathParameters(
        fill(healing.Healing),
        fill(spine.Spine),
        fill(reactions.Reactions),
        fill(safety.Safety),
        fill(metaphysis.Metaphysis),
        fill(pain.Pain),
        fill(pain_report.PainReport),
    )


@dataclass(frozen=True)
class Aftermath:
    """Tables of events (one row each) and traces [T, person] that follow from a course."""

    setting: events.Setting
    parameters: AftermathParameters
    doses: events.Doses
    unions: events.Unions
    spine: SpineCourse
    gut: events.Gut
    femur: events.Femur
    metaphysis_width: np.ndarray
    """width of the metaphyses over the untreated width [T, person]"""

    @property
    def time_years(self) -> np.ndarray:
        """Times of the traces [T]."""
        return self.setting.course.time_years

    @cached_property
    def dense_lines(self) -> np.ndarray:
        """Dense metaphyseal lines that can be told apart, per person."""
        seen = self.doses.line_mm >= self.parameters.metaphysis.resolution
        return np.bincount(self.doses.person[seen], minlength=len(self.setting.plan_index))

    def cobb_measured(self, row: int = -1) -> np.ndarray:
        """Cobb angle as read from a film at an output time [person], degrees."""
        row = range(len(self.time_years))[row]
        draw = normal(self.setting.seed, self.setting.id, "cobb reading", row)
        return spine.measured_cobb(self.spine.cobb[row], draw, self.parameters.spine)

    def metaphysis_measured(self, row: int = -1) -> np.ndarray:
        """Width of the metaphyses as read from a film at an output time [person], over untreated."""
        row = range(len(self.time_years))[row]
        draw = normal(self.setting.seed, self.setting.id, "metaphysis reading", row)
        return metaphysis.measured_width(self.metaphysis_width[row], draw, self.parameters.metaphysis)

    def height_told(self, faster: float = 0.0) -> np.ndarray:
        """Height at the end as it is told, cm [person]: H + faster (H a year after the first dose - H then).

        Args:
            faster: share by which growth is faster in the first year on a bisphosphonate, see
                :func:`brittlestar.outcomes.height.faster_range`; none is the course's own height.
        """
        s = self.setting
        everyone, end = np.arange(len(s.plan_index)), self.time_years[-1] * DAYS_PER_YEAR
        first = np.minimum(s.by_plan([given.drug_start for given in s.plans]), end)
        until = np.minimum(first + DAYS_PER_YEAR, end)
        grown = s.at("height_cm", everyone, until) - s.at("height_cm", everyone, first)
        return s.course["height_cm"][-1] + faster * grown

    def pain_level(self, years: Any) -> np.ndarray:
        """Level of pain, 0-10 [time, person], without noise; at the time of a dose that before it."""
        return np.stack([self._pain(float(t) * DAYS_PER_YEAR) for t in np.atleast_1d(years)])

    def pain_reported(self, years: Any, *, faces: bool = False) -> np.ndarray:
        """Pain as reported [time, person]: whole points 0-10, or with ``faces`` the even values of faces."""
        s, day = self.setting, np.round(np.atleast_1d(years) * DAYS_PER_YEAR).astype(int)
        noise = normal(s.seed, s.id[None, :], "pain report", day[:, None])
        return pain_report.reported(self.pain_level(years), noise, self.parameters.report, faces=faces)

    def _pain(self, day: float) -> np.ndarray:
        s, p, q = self.setting, self.parameters.report, self.parameters.pain
        n = len(s.plan_index)
        given = s.plans
        relief = s.by_plan([_fading(g.infusion_day, day, q.infusion_decay) for g in given])
        begun = s.by_plan([min(g.drug_start, g.placebo_day) for g in given])
        everyone = np.arange(n)
        rho = s.at("turnover_ratio", everyone, np.full(n, day))
        r1 = np.asarray(load_types().r1)[s.cohort.oi_type]
        zero = np.zeros(n)
        usual = pain.pain(rho, r1, zero, relief, q)
        c, since = s.course, day - s.course.fracture_years * DAYS_PER_YEAR
        past = since >= 0.0
        ache = past * np.exp(-q.fracture_decay * np.maximum(since, 0.0)) * q.fracture
        crush = past * np.exp(-p.vertebral_decay * np.maximum(since, 0.0)) * p.vertebral
        ache = ache + crush * (c.fracture_site == SITES.index("vertebral"))
        acute = np.bincount(c.fracture_person, ache, minlength=n)
        ill_since = day - self.doses.years * DAYS_PER_YEAR
        ill = (ill_since > 0.0) & (ill_since < self.doses.reaction_days)
        acute = acute + p.reaction * (np.bincount(self.doses.person[ill], minlength=n) > 0)
        own = p.person_sd * normal(s.seed, s.id, "usual pain")
        painless = uniform(s.seed, s.id, "painless") < p.painless
        return pain_report.pain_level(usual, own, painless, acute, relief, day - begun, p)


def _fading(day: np.ndarray, now: float, rate: Any) -> float:
    since = now - day[day < now]
    return float(np.exp(-rate * since).sum())


def aftermath(
    cohort: Any,
    course: Course,
    plans: Sequence[Given | Any],
    plan_index: Any,
    *,
    seed: int = 1,
    parameters: AftermathParameters | None = None,
    treated_before: Any = False,
) -> Aftermath:
    """Outcomes that follow from a course.

    Args:
        cohort: the people of the run, n of them; the same id under several plans pairs them.
        course: of ``simulate_cohort``, with the outputs :data:`NEEDED`.
        plans: what each plan gives: :class:`Given`, or the schedule that was run.
        plan_index: which plan each person followed [n].
        seed: key of chance, 0 to 2**32 - 1; the seed of the course.
        parameters: the shipped values if left out.
        treated_before: whether people had a nitrogen bisphosphonate before the course [n] or for all.

    Raises:
        InputError: an output that the course lacks, people or plans that do not fit.
    """
    n, index = len(cohort.id), np.asarray(plan_index, int)
    for name in NEEDED:
        if course[name].shape != (len(course.time_years), n):
            raise InputError(
                f"course output {name}", course[name].shape, f"accepted: one column for each of {n}"
            )
    if index.shape != (n,) or np.any((index < 0) | (index >= len(plans))):
        raise InputError("plan_index", index.shape, f"accepted: {n} numbers from 0 to {len(plans) - 1}")
    given = tuple(plan if isinstance(plan, Given) else Given.from_schedule(plan) for plan in plans)
    s = events.Setting(cohort, course, given, index, np.broadcast_to(treated_before, (n,)), seed)
    p = parameters or aftermath_parameters()
    apart = np.diff(s.days)
    if np.ptp(apart) > 1e-6 if len(apart) else False:
        raise InputError("course time_years", course.time_years, "accepted: outputs at one interval")
    step_days = float(apart[0]) if len(apart) else 0.0
    return Aftermath(
        setting=s,
        parameters=p,
        doses=events.doses(s, p.reactions, p.metaphysis),
        unions=events.unions(s, p.healing),
        spine=spine_course(s, p.spine),
        gut=events.gut(s, p.reactions),
        femur=events.femur(s, p.safety),
        metaphysis_width=metaphysis.relative_width(
            course["turnover_ratio"],
            course["height_cm"],
            metaphysis.own_untrimmed(normal(seed, s.id, "metaphysis width"), p.metaphysis),
            step_days,
            p.metaphysis,
        ),
    )
