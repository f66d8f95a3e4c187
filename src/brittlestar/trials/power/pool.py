"""People followed once under every arm, from whom any number of trials can be drawn.

A trial of n people is n people of the pool, each in one arm. The pool is shuffled by keyed chance and cut
into trials; then it is shuffled again. Under "no effect" both arms draw from the same people, so that chance
of assignment alone decides, as in a randomised trial.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from brittlestar._shared.chance import uniform
from brittlestar._shared.errors import InputError
from brittlestar.engine import Course, Method
from brittlestar.model.parameters import Parameters
from brittlestar.people.cohort import Cohort
from brittlestar.trials.conduct import DOUBLE, treat
from brittlestar.trials.measurement import Records, record
from brittlestar.trials.power.shifts import Shift
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.recruit import Enrolled, enrol, most_replicates, now_and_past
from brittlestar.trials.replicates import Trials

TRIALS_AT_ONCE = 1000
"""Trials that are analysed in one call: of 147 people an array then takes 1.2 MB."""

LEAST_PEOPLE = 10
"""Smallest trial whose power is told; smaller ones hardly ever hold a fracture in both arms (assumed)."""

LEAST_DRAWN = 4
"""Smallest trial that is drawn at all: two people of each arm, or no test has an error to go by."""


class PopulationOffset(NamedTuple):
    """What the fractures of a whole population may be off by: ln of its rate over the model's."""

    level: float = 0.0
    """of everybody, whatever they are given"""
    effect: float = 0.0
    """of whoever is not in the control arm, from entry on; of everybody in a trial of one arm"""
    earlier: float = 0.0
    """of everybody in a control that was followed earlier, in place of ``level``: another population"""


AS_THE_MODEL = PopulationOffset()
"""A population that breaks as often as the model says."""


@dataclass(frozen=True)
class Draw:
    """Trials to be drawn from a pool."""

    arms: tuple[int, ...]
    """control and treated, by their place in the protocol, the same twice for no effect; or one arm alone"""
    who: np.ndarray
    """people who may be drawn"""
    size: int
    """people in a trial"""
    trials: int
    """how many are drawn"""
    seed: int
    """key of all chance"""
    key: str
    """name of this drawing"""
    null: bool = False
    """whether no effect is there: then one in either direction counts as found"""
    earlier: int = 0
    """people of a control that was followed earlier, beside those of ``size``"""

    @property
    def people(self) -> int:
        """In one trial."""
        return self.size + self.earlier


class Past(NamedTuple):
    """People of a control that was followed earlier, in their order in the pool."""

    stratum: np.ndarray
    fractures: np.ndarray
    """before entry, as screening counted them"""


@dataclass(frozen=True)
class Pool:
    """People under every arm; arrays are [arm x person] flattened, arm by arm, unless said otherwise."""

    protocol: Protocol
    people: int
    records: Records
    stratum: np.ndarray
    """[person]"""
    screening: dict[str, np.ndarray]
    """what screening saw [person]"""
    course: Course
    cohort: Cohort
    past: Past | None = None
    """who stands in the control arm, where these are other people"""
    shift: Shift | None = None
    """what density, Z and markers of this population are off by; none: as the model says"""

    @classmethod
    def of(
        cls,
        protocol: Protocol,
        people: int,
        number: int,
        seed: int,
        p: Parameters,
        offset: PopulationOffset = AS_THE_MODEL,
        shift: Shift | None = None,
        method: Method = DOUBLE,
    ) -> "Pool":
        """Screen, enrol and follow people under every arm.

        Args:
            protocol: the trial.
            people: how many at least.
            number: of the pool; other numbers are other people.
            seed: key of all chance.
            p: parameters.
            offset: of this population; it multiplies everybody's own risk, after they were screened.
            shift: of the same in density, Z and markers.
            method: how courses are worked out.
        """
        now, earlier = (protocol, None) if protocol.historical is None else now_and_past(protocol)
        enrolled = _enrolled(now, people, number, seed, p)
        arms, n = len(protocol.arms), len(enrolled.cohort)
        treated = [arms == 1 or i != protocol.control for i in range(arms)]
        risk = [np.exp(offset.level + has_drug * offset.effect) for has_drug in treated]
        cohorts, past = [enrolled.cohort] * arms, None
        if earlier is not None:
            risk[protocol.control] = np.exp(offset.earlier)
            # Replicates that the trial itself never has: nobody of the past is somebody of now.
            later = min(most_replicates(now), most_replicates(earlier)) // 2
            followed = _enrolled(earlier, n, number, seed, p, later)
            cohorts[protocol.control] = followed.cohort.take(np.arange(n))
            past = Past(followed.stratum[:n], followed.baseline["fractures"][:n])
        who = [replace(one, frailty=one.frailty * times) for one, times in zip(cohorts, risk, strict=True)]
        in_every_arm = Enrolled(
            cohort=enrolled.cohort.side_by_side(who),
            arm=np.repeat(np.arange(arms), n),
            stratum=np.tile(enrolled.stratum, arms),
            screened=enrolled.screened,
            baseline=enrolled.baseline,
        )
        course, cohort = treat(protocol, in_every_arm, seed, p, None, method), in_every_arm.cohort
        if len(course.failed):
            raise InputError("power: people", len(course.failed), "accepted: courses that are all finite")
        return cls(
            protocol=protocol,
            people=n,
            records=record(protocol, course, cohort, seed),
            stratum=enrolled.stratum,
            screening=enrolled.baseline,
            course=course,
            cohort=cohort,
            past=past,
            shift=shift,
        )

    def with_dropout(self, per_year: float, seed: int) -> "Pool":
        """The same people, leaving at another rate."""
        conduct = self.protocol.conduct.model_copy(update={"dropout_per_year": per_year})
        protocol = self.protocol.model_copy(update={"conduct": conduct})
        records = record(protocol, self.course, self.cohort, seed)
        return replace(self, protocol=protocol, records=records)

    @cached_property
    def first(self) -> np.ndarray:
        """Place of each person's first fracture in ``records`` [arm x person + 1]."""
        return np.searchsorted(self.records.fracture_person, np.arange(len(self.cohort) + 1))

    def trials(self, draw: Draw) -> Iterator[Trials]:
        """Trials, so many at a time; arm 0 of the result is control, or the one arm, arm 1 treated.

        Raises:
            InputError: a trial larger than the pool.
        """
        who, size = draw.who, draw.people
        if not LEAST_DRAWN <= size <= len(who):
            accepted = f"accepted: {LEAST_DRAWN} to {len(who)}, the people who can be drawn"
            raise InputError("--sizes", size, accepted)
        allocation = [self.protocol.arms[i].allocation for i in draw.arms]
        controls = draw.earlier or round(size * allocation[0] / sum(allocation))
        treated = np.arange(size) >= controls
        per = len(who) // size
        done = 0
        while done < draw.trials:
            count = min(draw.trials - done, max(per, TRIALS_AT_ONCE // per * per))
            rounds = done // per + np.arange(-(-count // per))
            key = f"power {draw.key} {size}"
            order = np.argsort(uniform(draw.seed, np.arange(len(who))[None, :], key, rounds[:, None]), axis=1)
            chosen = who[order[:, : per * size]].reshape(-1, size)[:count]
            yield self.gather(chosen, np.broadcast_to(treated, chosen.shape), draw.arms)
            done += count

    def everybody(self, arms: tuple[int, ...]) -> Trials:
        """All people of the pool as one trial, each of them in every one of these arms."""
        n, count = self.people, len(arms)
        chosen, treated = np.tile(np.arange(n), count)[None], np.repeat(np.arange(count) > 0, n)[None]
        return self.gather(chosen, treated | (count == 1), arms)

    def gather(self, chosen: np.ndarray, treated: np.ndarray, arms: tuple[int, ...]) -> Trials:
        """The records of these people [trial, place], each in one arm."""
        place = np.where(treated, arms[-1], arms[0]) * self.people + chosen
        flat, r = place.ravel(), self.records
        count = self.first[flat + 1] - self.first[flat]
        person = np.repeat(np.arange(len(flat)), count)
        nth = np.arange(len(person)) - np.repeat(np.cumsum(count) - count, count)
        which = self.first[flat][person] + nth
        stratum, history = self.stratum[chosen], self.screening["fractures"][chosen]
        if self.past is not None:
            stratum = np.where(treated, stratum, self.past.stratum[chosen])
            history = np.where(treated, history, self.past.fractures[chosen])
        return Trials(
            arm=np.where(r.treated[place], treated.astype(int), -1),
            stratum=stratum,
            months=r.months,
            values={k: v[:, place] for k, v in r.values.items()},
            followed=r.followed_months[place],
            person=person,
            month=r.fracture_month[which],
            site=r.fracture_site[which],
            entered=None if r.entered_months is None else r.entered_months[place],
            history=history.astype(float),
        )


def _enrolled(
    protocol: Protocol, people: int, number: int, seed: int, p: Parameters, first: int = 0
) -> Enrolled:
    """So many people at least of one population; other numbers are other people."""
    size = -(-people // protocol.population.randomised)
    return enrol(protocol, first + number * size + np.arange(size), seed, p)
