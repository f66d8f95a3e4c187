"""People followed once under every arm, from whom any number of trials can be drawn.

A trial of n people is n people of the pool, each in one arm. The pool is shuffled by keyed chance and cut
into trials; then it is shuffled again. Under "no effect" both arms draw from the same people, so that chance
of assignment alone decides, as in a randomised trial.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from brittlestar._shared.chance import uniform
from brittlestar._shared.errors import InputError
from brittlestar.model.parameters import Parameters
from brittlestar.trials.analysis import Trials
from brittlestar.trials.conduct import treat
from brittlestar.trials.measurement import Records, record
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.recruit import Enrolled, enrol

TRIALS_AT_ONCE = 1000
"""Trials that are analysed in one call."""


@dataclass(frozen=True)
class Pool:
    """People under every arm; arrays are [arm x person] flattened, arm by arm, unless said otherwise."""

    protocol: Protocol
    people: int
    records: Records
    first: np.ndarray
    """place of each person's first fracture in ``records`` [arm x person + 1]"""
    stratum: np.ndarray
    """[person]"""
    screening: dict[str, np.ndarray]
    """what screening saw [person]"""
    course: Any
    ids: np.ndarray

    @classmethod
    def of(cls, protocol: Protocol, people: int, number: int, seed: int, p: Parameters) -> "Pool":
        """Screen, enrol and follow people under every arm.

        Args:
            protocol: the trial.
            people: how many at least.
            number: of the pool; other numbers are other people.
            seed: key of all chance.
            p: parameters.
        """
        each = protocol.population.randomised
        size = -(-people // each)
        enrolled = enrol(protocol, number * size + np.arange(size), seed, p)
        arms, n = len(protocol.arms), len(enrolled.cohort)
        in_every_arm = Enrolled(
            cohort=enrolled.cohort.under_each(arms),
            arm=np.repeat(np.arange(arms), n),
            stratum=np.tile(enrolled.stratum, arms),
            screened=enrolled.screened,
            baseline=enrolled.baseline,
        )
        course = treat(protocol, in_every_arm, seed, p, None)
        ids = in_every_arm.cohort.id
        pool = cls._recorded(protocol, course, ids, n, enrolled.stratum, enrolled.baseline, seed)
        if len(course.failed):
            raise InputError("power: people", len(course.failed), "accepted: courses that are all finite")
        return pool

    @classmethod
    def _recorded(
        cls,
        protocol: Protocol,
        course: Any,
        ids: np.ndarray,
        people: int,
        stratum: np.ndarray,
        screening: dict[str, np.ndarray],
        seed: int,
    ) -> "Pool":
        records = record(protocol, course, ids, seed)
        first = np.searchsorted(records.fracture_person, np.arange(len(ids) + 1))
        return cls(protocol, people, records, first, stratum, screening, course, ids)

    def with_dropout(self, per_year: float, seed: int) -> "Pool":
        """The same people, leaving at another rate."""
        conduct = self.protocol.conduct.model_copy(update={"dropout_per_year": per_year})
        protocol = self.protocol.model_copy(update={"conduct": conduct})
        return self._recorded(
            protocol, self.course, self.ids, self.people, self.stratum, self.screening, seed
        )

    def trials(
        self, arms: tuple[int, int], who: np.ndarray, size: int, replicates: int, seed: int, key: str
    ) -> Iterator[Trials]:
        """Two-arm trials, so many at a time; arm 0 of the result is control, arm 1 treated.

        Args:
            arms: control and treated, by their place in the protocol; the same twice for no effect.
            who: people who may be drawn.
            size: people in a trial.
            replicates: number of trials.
            seed: key of all chance.
            key: name of this drawing.

        Raises:
            InputError: a trial larger than the pool.
        """
        if not 4 <= size <= len(who):
            raise InputError("--sizes", size, f"accepted: 4 to {len(who)}, the people who can be drawn")
        allocation = [self.protocol.arms[i].allocation for i in arms]
        treated = np.arange(size) >= round(size * allocation[0] / sum(allocation))
        per = len(who) // size
        done = 0
        while done < replicates:
            count = min(replicates - done, max(per, TRIALS_AT_ONCE // per * per))
            rounds = done // per + np.arange(-(-count // per))
            order = np.argsort(
                uniform(seed, np.arange(len(who))[None, :], f"power {key} {size}", rounds[:, None]), axis=1
            )
            chosen = who[order[:, : per * size]].reshape(-1, size)[:count]
            yield self._gather(chosen, np.broadcast_to(treated, chosen.shape), arms)
            done += count

    def _gather(self, chosen: np.ndarray, treated: np.ndarray, arms: tuple[int, int]) -> Trials:
        """The records of these people [trial, place], each in one arm."""
        place = np.where(treated, arms[1], arms[0]) * self.people + chosen
        flat, r = place.ravel(), self.records
        count = self.first[flat + 1] - self.first[flat]
        person = np.repeat(np.arange(len(flat)), count)
        nth = np.arange(len(person)) - np.repeat(np.cumsum(count) - count, count)
        which = self.first[flat][person] + nth
        return Trials(
            arm=np.where(r.treated[place], treated.astype(int), -1),
            stratum=self.stratum[chosen],
            months=r.months,
            values={k: v[:, place] for k, v in r.values.items()},
            followed=r.followed_months[place],
            person=person,
            month=r.fracture_month[which],
            site=r.fracture_site[which],
        )
