"""The two routes: by drip and by mouth."""

import numpy as np

from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.drugs.catalogue import facts
from brittlestar.evidence.leaflet.charts import lines
from brittlestar.evidence.leaflet.check import Judged, Measured, StatementCheck
from brittlestar.evidence.leaflet.effects import share_lost
from brittlestar.evidence.leaflet.groups import PAMIDRONATE
from brittlestar.evidence.leaflet.limits import limit
from brittlestar.evidence.leaflet.margin import between, less, more
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.leaflet.published import as_published, published, range_of
from brittlestar.evidence.simulated_groups import FollowedGroup, Group, SimulatedGroups
from brittlestar.evidence.studies.look_up import cite

ALENDRONATE = "alendronate 5 mg/day"
FASTING = Group((4.0, 10.0), "I", n=40, traits=(("adherence", 1.0), ("eta_absorption", 0.0)))
SWALLOWED = FASTING.under(ALENDRONATE, 0.5)
WITH_FOOD = FASTING.under(f"{ALENDRONATE} with food", 0.5)
HALF_TAKEN = Group((4.0, 10.0), "I", n=40, traits=(("adherence", 0.5), ("eta_absorption", 0.0))).under(
    ALENDRONATE, 0.5
)
DRIP = FASTING.under(PAMIDRONATE, 0.5)
NONE = FASTING.untreated(0.5)


ROUNDING = 1e-9


def taken_up(group: FollowedGroup) -> np.ndarray:
    """Drug that bone took up in half a year, nmol [person]."""
    last = float(group.years[-1])
    return np.sum(
        [group.at(f"drug_{where}_nmol", last) for where in ("surface", "buried", "released")], axis=0
    )


def measure_routes(groups: SimulatedGroups) -> Measured:
    """Share of the drug that reaches bone by each route in %, and how fast resorption falls in days and %."""
    mouth, food, half, drip, none = (groups[g] for g in (SWALLOWED, WITH_FOOD, HALF_TAKEN, DRIP, NONE))
    last, days = float(none.years[-1]), none.years * DAYS_PER_YEAR
    swallowed = 5e6 * last * DAYS_PER_YEAR / float(facts("alendronate")["molar_mass"].value)
    infused = 2 * 3e6 * mouth.at("weight_kg", last / 2) / float(facts("pamidronate")["molar_mass"].value)
    with_food = Number.of_mean(taken_up(food) / taken_up(mouth))
    bound = facts("alendronate")["with_food"]
    falls = {"drip": share_lost(drip, none, "ctx"), "tablets": share_lost(mouth, none, "ctx")}
    return Measured(
        tablets=Number.of_people(
            100 * taken_up(mouth) / swallowed,
            **published("alendronate_pk_ward2005", "bioavailability_pct", arm="35mg_under_40kg"),
        ),
        drip=Number.of_people(100 * taken_up(drip) / infused),
        with_food=with_food,
        with_food_percent=100 * float(with_food),
        food_bound=float(bound.value),
        food_source=bound.source,
        half_taken=np.mean(taken_up(half) / taken_up(mouth)),
        most_lost={route: share.max() for route, share in falls.items()},
        half_after={route: float(days[np.argmax(s >= 0.5 * s.max())]) for route, s in falls.items()},
        marker=Number(
            -100 * float(np.interp(3.0, days, falls["drip"])),
            **as_published(
                None, *range_of("rauch2003_metab", "uNTX_pct", months=0.1), cite("rauch2003_metab")
            ),
        ),
        chart=lines(days, falls),
    )


def judge_routes(m: Measured) -> Judged:
    """Bone keeps of what is absorbed as much as was kept of what was infused."""
    least, most = limit("S08.absorbed")
    return Judged(
        statement=dict(
            drip=more(m.most_lost["drip"], 0.2),
            tablets=more(m.most_lost["tablets"], 0.2),
            sooner=less(m.half_after["drip"], m.half_after["tablets"]),
            half_taken=less(m.half_taken, 0.75),
        ),
        evidence=dict(
            absorbed=between(m.tablets, least * m.tablets.published_low, most * m.tablets.published_high),
            food=less(m.with_food, m.food_bound + ROUNDING),
            marker=m.marker.inside,
        ),
    )


CHECKS = (
    StatementCheck("S08", (SWALLOWED, WITH_FOOD, HALF_TAKEN, DRIP, NONE), measure_routes, judge_routes),
)
