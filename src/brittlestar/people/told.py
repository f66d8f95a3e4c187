"""People who are told one by one, each as often as wanted: what was told is held, the rest is drawn."""

from collections.abc import Sequence

import numpy as np

from brittlestar.people.coding import SEXES, TYPES
from brittlestar.people.cohort import Cohort
from brittlestar.people.person import Person
from brittlestar.people.sampling import draw_traits


def told_cohort(people: Sequence[Person], ids: np.ndarray, seed: int) -> Cohort:
    """Everybody once per row of the ids, row after row.

    Args:
        people: who, n of them.
        ids: of everybody each time [times, n]; what is drawn is keyed by them.
        seed: 0 to 2**32 - 1.
    """
    times = len(ids)
    oi_type = np.tile(np.array([TYPES.index(one.oi_type) for one in people], np.int8), times)
    traits = draw_traits(ids.ravel(), oi_type, seed=seed)
    traits = {name: np.array(values) for name, values in traits.items()}
    drawn = traits["puberty_shift_years"].copy()
    for k, one in enumerate(people):
        for name, values in one.held(drawn[k :: len(people)]).items():
            traits[name][k :: len(people)] = values
    z = [np.nan if one.baseline_z is None else one.baseline_z for one in people]
    return Cohort(
        id=ids.ravel(),
        age_years=np.tile([one.age for one in people], times),
        sex=np.tile(np.array([SEXES.index(one.sex) for one in people], np.int8), times),
        oi_type=oi_type,
        baseline_z=np.tile(z, times),
        **traits,
    )
