"""Height of single vertebrae over a finished course: crushed, crushed again, and reshaped in growth."""

import numpy as np

from brittlestar._shared.chance import exponential, normal, uniform
from brittlestar.aftermath.events import Setting, fracture_number
from brittlestar.engine.run import along
from brittlestar.outcomes import spine
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.size import expected_height_cm

_VERTEBRAL = SITES.index("vertebral")
_DURING = 1000
"""Occasions of vertebral fractures during the course start here; those before entry at 0."""


def vertebral_shape(s: Setting, p: spine.Spine) -> tuple[np.ndarray, np.ndarray]:
    """Mean share of height lost over the vertebrae of a lateral view; how many are compressed [T, person].

    Every vertebral fracture hits one vertebra and takes a share of the height it has then. Which vertebrae
    are weak, and how well they take shape again, is the person's own.
    """
    n, own = len(s.id), spine.own_reshape(normal(s.seed, s.id, "vertebral reshaping"), p)
    regrown = spine.regrowth(s.course["height_cm"], s.course["turnover_ratio"], own, p)
    person, occasion, years = _fractures(s, p)
    at_hit = _regrown_at(s, regrown, person, years, own, p)
    of_spine = np.arange(int(p.vertebrae))
    weak = normal(s.seed, s.id[:, None], "vertebra susceptibility", of_spine)
    which = spine.vertebra_hit(uniform(s.seed, s.id[person], "vertebra hit", occasion), weak[person], p)
    crush = spine.crushed(uniform(s.seed, s.id[person], "vertebral crush", occasion), p)
    lost, until = _lost(person * len(of_spine) + which, years, at_hit, crush)
    loss, compressed = np.zeros_like(regrown), np.zeros_like(regrown)
    for t, time in enumerate(s.course.time_years):
        last = (years <= time) & (time < until)
        left = last * lost * np.exp(np.where(last, at_hit - regrown[t, person], 0.0))
        loss[t] = np.bincount(person, left, minlength=n) / len(of_spine)
        compressed[t] = np.bincount(person, left >= p.deformed, minlength=n)
    return loss, compressed


def _lost(
    vertebra: np.ndarray, years: np.ndarray, at_hit: np.ndarray, crush: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Share lost right after each fracture, and when the same vertebra is hit next (infinite: never)."""
    order = np.lexsort((years, vertebra))
    same = np.diff(vertebra[order], prepend=-1) == 0
    place = np.arange(len(order))
    rank = place - np.maximum.accumulate(np.where(same, 0, place))
    lost, until = np.zeros(len(order)), np.full(len(order), np.inf)
    lost[order[rank == 0]] = crush[order[rank == 0]]
    for k in range(1, rank.max(initial=0) + 1):
        here = np.flatnonzero(rank == k)
        now, before = order[here], order[here - 1]
        left = lost[before] * np.exp(at_hit[before] - at_hit[now])
        lost[now], until[before] = spine.further_loss(left, crush[now]), years[now]
    return lost, until


def _regrown_at(
    s: Setting,
    regrown: np.ndarray,
    person: np.ndarray,
    years: np.ndarray,
    reshape: np.ndarray,
    p: spine.Spine,
) -> np.ndarray:
    """Integrated regrowth at each fracture; before entry, untreated, it is below 0."""
    found = np.empty(len(person))
    inside = years >= 0.0
    found[inside] = along(regrown, s.course.time_years, years[inside], person[inside])
    past = person[~inside]
    sex, kind = s.cohort.sex[past], s.cohort.oi_type[past]
    age, own = s.cohort.age_years[past], s.cohort.puberty_shift_years[past]
    now, then = (
        expected_height_cm(kind, sex, age + since, puberty_shift_years=own) for since in (0.0, years[~inside])
    )
    found[~inside] = -reshape[past] * p.reshape_untreated * np.log(now / then)
    return found


def _fractures(s: Setting, p: spine.Spine) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertebral fractures before entry and during the course: person, occasion of chance, time in years."""
    c, mine = s.course, s.course.fracture_site == _VERTEBRAL
    during = c.fracture_person[mine], _DURING + fracture_number(c)[mine], c.fracture_years[mine]
    person, occasion, years = (np.concatenate(pair) for pair in zip(_earlier(s, p), during))
    return person, occasion, years


def _earlier(s: Setting, p: spine.Spine) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertebral fractures before entry, at the hazard of entry: person, number, time (negative years)."""
    span = np.minimum(s.cohort.age_years, p.history)
    expected = s.course["hazard_vertebral"][0] * span
    person, number, when = [np.zeros(0, int)], [np.zeros(0, int)], [np.zeros(0)]
    waited, k = np.zeros(len(span)), 0
    while True:
        waited = waited + exponential(s.seed, s.id, "vertebral fracture before entry", k)
        hit = np.flatnonzero(waited < expected)
        if not len(hit):
            break
        person.append(hit)
        number.append(np.full(len(hit), k))
        when.append(-span[hit] * waited[hit] / expected[hit])
        k += 1
    return np.concatenate(person), np.concatenate(number), np.concatenate(when)
