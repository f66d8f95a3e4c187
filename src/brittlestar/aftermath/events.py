"""The events that follow from a finished course, one builder each: doses, unions, gut, femur.

Chance is keyed by person and occasion (the number of the dose, fracture or complaint), so the same person
meets the same fate under every plan.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from brittlestar._shared.chance import exponential, normal, uniform
from brittlestar._shared.parameter_files import DAYS_PER_YEAR, fill
from brittlestar.aftermath.received import Given
from brittlestar.drugs.body_size import BodySize, body_surface_area
from brittlestar.drugs.dose_rule import by_surface, dose_mg
from brittlestar.engine.run import Course
from brittlestar.outcomes import healing, metaphysis, reactions, safety
from brittlestar.outcomes.fracture import SITES

_LOWER, _VERTEBRAL = SITES.index("lower_limb"), SITES.index("vertebral")


class Setting(NamedTuple):
    """What every builder reads."""

    cohort: Any
    course: Course
    plans: Sequence[Given]
    plan_index: np.ndarray
    treated_before: np.ndarray
    seed: int

    @property
    def id(self) -> np.ndarray:
        """Keys of chance [person]."""
        return self.cohort.id

    @property
    def days(self) -> np.ndarray:
        """Times of the outputs [T]."""
        return self.course.time_years * DAYS_PER_YEAR

    def at(self, name: str, person: np.ndarray, day: np.ndarray) -> np.ndarray:
        """An output of these people at these times, linear between outputs; person and day broadcast."""
        return self.course.at(name, day / DAYS_PER_YEAR, person)

    def before(self, name: str, person: np.ndarray, day: np.ndarray) -> np.ndarray:
        """An output of these people as it was known when something was given to them."""
        return self.course.known_at(name, day / DAYS_PER_YEAR, person)

    def age(self, person: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Age in years of these people at these times."""
        return self.cohort.age_years[person] + np.asarray(day) / DAYS_PER_YEAR

    def by_plan(self, values: Sequence[float]) -> np.ndarray:
        """A value per plan as one per person."""
        return np.asarray(values, np.float64)[self.plan_index]


class Doses(NamedTuple):
    """One row per dose that can bring a reaction: every infusion, and the first tablet of a period."""

    person: np.ndarray
    years: np.ndarray
    number: np.ndarray
    """number of the course of infusions or tablets, from 0"""
    opens: np.ndarray
    """whether the dose opens its course; the reactions below are drawn there, once a course"""
    tablet: np.ndarray
    drug: np.ndarray
    mg: np.ndarray
    mg_per_kg: np.ndarray
    naive: np.ndarray
    acute_phase_chance: np.ndarray
    """of such people at such a dose"""
    own_acute_phase_chance: np.ndarray
    """of this person, who is more or less susceptible"""
    acute_phase: np.ndarray
    reaction_days: np.ndarray
    """0 without a reaction"""
    severity: np.ndarray
    """index into ``reactions.SEVERITY``"""
    low_calcium_chance: np.ndarray
    low_calcium: np.ndarray
    symptomatic_calcium: np.ndarray
    low_phosphate_chance: np.ndarray
    low_phosphate: np.ndarray
    line_mm: np.ndarray
    """growth at the lower femur until the next course or the end: distance of its dense line from the next"""


def doses(s: Setting, p: reactions.Reactions, m: metaphysis.Metaphysis) -> Doses:
    """Every dose of everyone, with its reactions."""
    parts = [_doses_of(s, given, np.flatnonzero(s.plan_index == i), p, m) for i, given in enumerate(s.plans)]
    return Doses(*(np.concatenate(column) for column in zip(*parts)))


def _doses_of(
    s: Setting, given: Given, people: np.ndarray, p: reactions.Reactions, m: metaphysis.Metaphysis
) -> Doses:
    end = s.days[-1]
    iv = given.infusion_day <= end
    oral = given.tablet_start <= end
    day = np.concatenate([given.infusion_day[iv], given.tablet_start[oral]])
    tablet = np.concatenate([np.zeros(iv.sum(), bool), np.ones(oral.sum(), bool)])
    drug = np.concatenate([given.infusion_drug[iv], given.tablet_drug[oral]]).astype(int)
    amount = np.concatenate(
        [given.infusion_amount[iv], np.zeros((oral.sum(), given.infusion_amount.shape[1]))]
    )
    opens = np.concatenate([given.courses(float(p.course_gap))[iv], np.ones(oral.sum(), bool)])
    order = np.argsort(day, kind="stable")
    day, tablet, drug, amount, opens = day[order], tablet[order], drug[order], amount[order], opens[order]
    number = np.cumsum(opens) - 1
    k = len(day)
    person, column = np.repeat(people, k), np.tile(np.arange(k), len(people))
    when, kind, occasion = day[column], drug[column], number[column]
    ident = s.id[person]
    weight = s.at("weight_kg", person, when)
    rule = amount[column].T
    surface = None
    if by_surface(rule):
        surface = np.asarray(body_surface_area(s.at("height_cm", person, when), weight, fill(BodySize)))
    mg = np.where(tablet[column], np.nan, dose_mg(rule, weight, surface))
    naive = (occasion == 0) & ~s.treated_before[person]
    first = opens[column]
    chance = first * reactions.acute_phase_chance(kind, naive, s.age(person, when), p)
    own = reactions.own_acute_phase_chance(chance, normal(s.seed, ident, "acute phase susceptibility"), p)
    ill = uniform(s.seed, ident, "acute phase", occasion) < own
    length = reactions.reaction_days(
        uniform(s.seed, ident, "acute phase days", occasion), s.age(person, when), p
    )
    grade = reactions.reaction_severity(uniform(s.seed, ident, "acute phase severity", occasion), p)
    turnover = s.before("bsap", person, when)
    intake = s.cohort.calcium_mg_per_day[person] + given.calcium_at(when)
    infusion = first & ~tablet[column]
    vitamin_d = s.at("vitamin_d_nmol_per_l", person, when)
    low_ca = infusion * reactions.low_calcium_chance(kind, naive, turnover, vitamin_d, intake, p)
    low_p = infusion * reactions.low_phosphate_chance(kind, naive, turnover, np.nan_to_num(mg / weight), p)
    calcium = uniform(s.seed, ident, "low calcium", occasion) < low_ca
    return Doses(
        person=person,
        years=when / DAYS_PER_YEAR,
        number=occasion,
        opens=first,
        tablet=tablet[column],
        drug=kind,
        mg=mg,
        mg_per_kg=mg / weight,
        naive=naive,
        acute_phase_chance=chance,
        own_acute_phase_chance=own,
        acute_phase=ill,
        reaction_days=length * ill,
        severity=grade * ill,
        low_calcium_chance=low_ca,
        low_calcium=calcium,
        symptomatic_calcium=calcium & (uniform(s.seed, ident, "low calcium felt", occasion) < p.symptomatic),
        low_phosphate_chance=low_p,
        low_phosphate=uniform(s.seed, ident, "low phosphate", occasion) < low_p,
        line_mm=np.where(infusion, _line_mm(s, day, opens & ~tablet, person, column, end, m), np.nan),
    )


def _line_mm(
    s: Setting,
    day: np.ndarray,
    opens: np.ndarray,
    person: np.ndarray,
    column: np.ndarray,
    end: float,
    m: metaphysis.Metaphysis,
) -> np.ndarray:
    starts = np.append(day[opens], end)
    following = starts[np.searchsorted(starts[:-1], day, side="right")] if len(day) else day
    now, later = s.at("height_cm", person, day[column]), s.at("height_cm", person, following[column])
    return metaphysis.growth_mm(later, m) - metaphysis.growth_mm(now, m)


class Unions(NamedTuple):
    """One row per fracture of a limb or elsewhere but the spine, and per osteotomy."""

    person: np.ndarray
    osteotomy: np.ndarray
    """False for a fracture"""
    site: np.ndarray
    """index into ``fracture.SITES``; -1 for an osteotomy"""
    years: np.ndarray
    exposure: np.ndarray
    """local exposure E, 0 without drug, 1 under full treatment that goes on"""
    delayed_chance: np.ndarray
    """chance of no union at 12 months"""
    days: np.ndarray
    """time to union, infinite for a non-union"""
    days_without: np.ndarray
    """the same event without drug"""


def fracture_number(course: Course) -> np.ndarray:
    """Number of each fracture among those of the person at that site, from 0."""
    order = np.lexsort((course.fracture_years, course.fracture_site, course.fracture_person))
    key = course.fracture_person[order] * len(SITES) + course.fracture_site[order]
    first = np.searchsorted(key, key, side="left")
    number = np.empty(len(order), int)
    number[order] = np.arange(len(order)) - first
    return number


def unions(s: Setting, p: healing.Healing) -> Unions:
    """Healing of every fracture but those of vertebrae, and of every planned osteotomy."""
    limb = s.course.fracture_site != _VERTEBRAL
    person, site = s.course.fracture_person[limb], s.course.fracture_site[limb]
    day, number = s.course.fracture_years[limb] * DAYS_PER_YEAR, fracture_number(s.course)[limb]
    chance = np.empty(len(person))
    for i, name in enumerate(SITES):
        here = site == i
        chance[here] = uniform(s.seed, s.id[person[here]], f"union of fracture {name}", number[here])
    fractures = _heal(s, "fracture", person, site, day, chance, p)
    who, when, order = [], [], []
    for i, given in enumerate(s.plans):
        planned = given.osteotomy_day[given.osteotomy_day <= s.days[-1]]
        people = np.flatnonzero(s.plan_index == i)
        who.append(np.repeat(people, len(planned)))
        when.append(np.tile(planned, len(people)))
        order.append(np.tile(np.arange(len(planned)), len(people)))
    person, day = np.concatenate(who), np.concatenate(when)
    chance = uniform(s.seed, s.id[person], "union of osteotomy", np.concatenate(order))
    operations = _heal(s, "osteotomy", person, np.full(len(person), -1), day, chance, p)
    return Unions(*(np.concatenate(pair) for pair in zip(fractures, operations)))


def _heal(
    s: Setting,
    kind: healing.Kind,
    person: np.ndarray,
    site: np.ndarray,
    day: np.ndarray,
    chance: np.ndarray,
    p: healing.Healing,
) -> Unions:
    # Near the end of a course the window moves back to lie inside it: what comes later is not known.
    start = np.maximum(np.minimum(day, s.days[-1] - p.window), 0.0)
    stop = np.minimum(start + p.window, s.days[-1])
    points = start + np.linspace(0.0, 1.0, 5)[:, None] * (stop - start)
    load = healing.skeletal_load(
        s.at("drug_exposure", person, points).mean(axis=0),
        s.at("turnover_ratio", person, points).mean(axis=0),
        p,
    )
    dosing = np.zeros(len(person))
    for i, given in enumerate(s.plans):
        mine = s.plan_index[person] == i
        coming = np.append(given.infusion_day, np.inf)
        after = coming[np.searchsorted(given.infusion_day, start[mine])] - start[mine]
        dosing[mine] = healing.dosing_share(after, given.tablet_days(start[mine], stop[mine]), p)
    E, age = healing.local_exposure(load, dosing, p), s.age(person, day)
    return Unions(
        person=person,
        osteotomy=np.full(len(person), kind == "osteotomy"),
        site=site,
        years=day / DAYS_PER_YEAR,
        exposure=E,
        delayed_chance=healing.delayed_chance(kind, E, age, p),
        days=healing.union_days(chance, kind, E, age, p),
        days_without=healing.union_days(chance, kind, 0.0, age, p),
    )


class Gut(NamedTuple):
    """One row per complaint of stomach or gullet, with or without drug."""

    person: np.ndarray
    years: np.ndarray
    on_tablets: np.ndarray
    stopped: np.ndarray
    """whether the person stops tablets for it; the course itself is not changed"""


def gut(s: Setting, p: reactions.Reactions) -> Gut:
    """Complaints of everyone over the course."""
    columns: list[Gut] = []
    edges = np.linspace(0.0, s.days[-1], max(int(s.days[-1] / 7.0), 1) + 1)
    middle = 0.5 * (edges[1:] + edges[:-1])
    for i, given in enumerate(s.plans):
        people = np.flatnonzero(s.plan_index == i)
        rate = reactions.gut_rate(given.on_tablets(middle), given.upright, given.fasting, p)
        total = np.concatenate([[0.0], np.cumsum(rate * np.diff(edges))])
        waited, stopped, k = np.zeros(len(people)), np.zeros(len(people), bool), 0
        while len(people):
            waited = waited + exponential(s.seed, s.id[people], "gut complaint", k)
            hit = np.flatnonzero(waited < total[-1])
            if not len(hit):
                break
            day = np.interp(waited[hit], total, edges)
            taking = given.on_tablets(day) & ~stopped[hit]
            stops = taking & (uniform(s.seed, s.id[people[hit]], "gut complaint stops", k) < p.gut_stop)
            stopped[hit] |= stops
            columns.append(Gut(people[hit], day / DAYS_PER_YEAR, taking, stops))
            k += 1
    if not columns:
        return Gut(np.zeros(0, int), np.zeros(0), np.zeros(0, bool), np.zeros(0, bool))
    return Gut(*(np.concatenate(column) for column in zip(*columns)))


class Femur(NamedTuple):
    """Femoral fractures that look atypical: a share of all, and an assumed excess from over-suppression."""

    looks_atypical: np.ndarray
    """per fracture of the course: lower limb, femoral, atypical-looking; with and without drug"""
    deep_years: np.ndarray
    """years of deep suppression so far [T, person]"""
    excess_expected: np.ndarray
    """integrated assumed excess hazard [T, person]"""
    excess_years: np.ndarray
    """time of the first excess fracture, infinite if none in the course [person]"""


def femur(s: Setting, p: safety.Safety) -> Femur:
    """Atypical-looking femoral fractures of everyone."""
    c, step = s.course, float(np.diff(s.course.time_years[:2])[0]) if len(s.course.time_years) > 1 else 0.0
    mark = uniform(s.seed, s.id[c.fracture_person], "atypical femur", fracture_number(c))
    deep = safety.years_of_deep_suppression(c["turnover_ratio"], step, p)
    rate = safety.atypical_excess(c["hazard_lower_limb"], deep, p)
    total = np.zeros_like(rate)
    total[1:] = np.cumsum(0.5 * (rate[1:] + rate[:-1]) * step, axis=0)
    reached = total >= exponential(s.seed, s.id, "atypical femur excess")
    return Femur(
        looks_atypical=(c.fracture_site == _LOWER) & (mark < safety.atypical_share(p)),
        deep_years=deep,
        excess_expected=total,
        excess_years=np.where(reached.any(axis=0), c.time_years[reached.argmax(axis=0)], np.inf),
    )
