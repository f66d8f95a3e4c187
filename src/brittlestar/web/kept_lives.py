"""The comparison's own lives for the page: one plan at a time, and kept for when they are asked for again.

Whoever moves a slider changes one plan; the course without treatment is there already.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from brittlestar._shared.budget import PAGE
from brittlestar.aftermath import plasma_peaks
from brittlestar.aftermath.consequences import NEEDED
from brittlestar.care import Plan
from brittlestar.comparison import dating, science
from brittlestar.comparison.lives import Lives, Question, follow
from brittlestar.comparison.quantities import OUTPUTS
from brittlestar.engine import limits_met
from brittlestar.evidence.prediction.one_person import open_sets

SHOWN = (
    "ls_abmd", "ls_z", "ls_median", "ls_sd", "resorption", "formation", "drug_surface_nmol",
    "drug_buried_nmol", "strength_vertebral", "strength_limb", "pain", "height_cm", "tb_th_um",
    "turnover_ratio", "bone_volume_fraction",
)  # fmt: skip
"""Outputs that a screen shows."""

FOLLOWED = tuple(
    dict.fromkeys((*SHOWN, *OUTPUTS, *NEEDED, *limits_met.NEEDED, *plasma_peaks.NEEDED, "ls_ratio"))
)
"""Outputs of a question of a screen: shown, counted or told in words."""

Still = Callable[[int, int], None]
"""Told of progress; raises when nobody waits for the answer any more."""


def always(done: int, of: int) -> None:
    """Whoever asked waits for the answer."""


class Kept:
    """The last answers, by question."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.found: OrderedDict[Hashable, Any] = OrderedDict()
        self.lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What was found for the key, or is made now; work that ends early leaves nothing."""
        with self.lock:
            if key in self.found:
                self.found.move_to_end(key)
                return self.found[key]
        value = make()
        with self.lock:
            self.found[key] = value
            while len(self.found) > self.most:
                self.found.popitem(last=False)
        return value


_questions, _lives, _science = Kept(8), Kept(24), Kept(24)


def asked(person: Any, years: int, seed: int) -> Question:
    """The question of a screen; its people are drawn once."""
    return _questions.get(
        (person, years, seed),
        lambda: Question(person, float(years), seed=seed, outputs=FOLLOWED, budget=PAGE),
    )


def lives(question: Question, plan: Plan, still: Still = always) -> Lives:
    """Lives under a plan; run once for the same question."""
    return _lives.get((*_key(question), plan.to_toml()), lambda: follow(question, plan, still))


def side_by_side(
    question: Question, plans: Mapping[str, Plan], still: Still = always
) -> dict[str, tuple[Lives, bool]]:
    """Lives under each plan and whether the dates of its rules came to rest; two plans at a time.

    Raises:
        InputError: more than the budget of a page, before any work.
    """
    question.check(tuple(plans.values()))

    def one(plan: Plan) -> tuple[Lives, bool]:
        return dating.settled(plan, lambda dated: lives(question, dated, still))

    return _two_at_a_time(one, plans)


def sets_apart(
    question: Question, plans: Mapping[str, Plan], still: Still = always
) -> dict[str, dict[str, np.ndarray]]:
    """For each plan the means of all quantities under the set in use and under sets of the ensemble."""
    key = _key(question)
    under = _questions.get((*key, "sets"), lambda: science.questions(question, open_sets()))

    def one(plan: Plan) -> dict[str, np.ndarray]:
        return _science.get((*key, plan.to_toml()), lambda: science.means(under, plan, still))

    return _two_at_a_time(one, plans)


def _two_at_a_time(one: Callable[[Plan], Any], plans: Mapping[str, Plan]) -> dict[str, Any]:
    pool = ThreadPoolExecutor(2)
    try:
        return dict(zip(plans, pool.map(one, plans.values())))
    finally:
        pool.shutdown(cancel_futures=True)


def _key(question: Question) -> tuple[Hashable, ...]:
    return question.person, question.years, question.seed
