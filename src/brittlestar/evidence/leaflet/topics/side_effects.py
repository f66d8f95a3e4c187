"""Reactions to infusions and tablets, and the jaw."""

import re

import numpy as np

from brittlestar.aftermath import out_of_100
from brittlestar.evidence.leaflet.charts import dots
from brittlestar.evidence.leaflet.check import Judged, Measured, StatementCheck
from brittlestar.evidence.leaflet.effects import first_doses
from brittlestar.evidence.leaflet.groups import (
    POISE,
    POISE_PLACEBO,
    POISE_TABLETS,
    RISEDRONATE,
    SEVERE_PAMIDRONATE,
    SEVERE_UNTREATED,
    SEVERE_ZOLEDRONATE,
    WOMEN_ONCE,
)
from brittlestar.evidence.leaflet.margin import all_of, between, close, less, more
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.leaflet.published import counted, of_count, people_in, published, value_of
from brittlestar.evidence.simulated_groups import FollowedGroup, SimulatedGroups
from brittlestar.evidence.studies.look_up import cite, result
from brittlestar.outcomes import reactions, safety

CHILDREN_GIVEN = "zoledronate_children_mixed_27_OI_George_2015"
CHILDREN_FIRST = "zoledronate_0.05_mg_kg_non_OI_children_2013"
WOMEN_FIRST = "zoledronate_5_mg_postmenopausal_women_Reid_2010"


def infusions_counted() -> int:
    """Infusions of the series of 81 patients."""
    return counted("acute_phase", "symptomatic_needing_iv_Ca", CHILDREN_GIVEN)[1]


def usual_days(group: FollowedGroup) -> float:
    """Median length of a reaction in a group, days."""
    return float(np.median(reactions.usual_days(group.cohort.age_years, group.after.parameters.reactions)))


def measure_flu(groups: SimulatedGroups) -> Measured:
    """Reactions after first and later infusions, of 100, and their length in days."""
    given, women = first_doses(groups[SEVERE_ZOLEDRONATE]), first_doses(groups[WOMEN_ONCE])
    chance, naive = 100 * given["acute_phase_chance"], given["naive"]
    first = Number(
        chance[naive].mean(),
        **of_count(*counted("acute_phase", "fever_>38C_first", CHILDREN_FIRST), cite("acute_phase")),
    )
    later = Number(chance[~naive].mean())
    grown = Number(
        100 * women["acute_phase_chance"].mean(),
        **published("acute_phase", "APR_first_pct_zoledronate", arm=WOMEN_FIRST),
    )
    mixed = value_of("acute_phase", "APR_pct_of_infusions", arm=CHILDREN_GIVEN)
    each = infusions_counted() / people_in("acute_phase", CHILDREN_GIVEN)
    n, wanted = people_in("acute_phase", WOMEN_FIRST), (grown.published or 0.0) / 100
    ill = given["acute_phase"]
    second = given["person"][ill & (given["number"] == 1)]
    return Measured(
        reactions={"first": first, "later": later, "women": grown},
        women_seen=n,
        women_reach=196 * np.sqrt(wanted * (1 - wanted) / n),
        if_all_new=Number(
            (float(first) + (each - 1.0) * float(later)) / each, published=mixed, source=cite("acute_phase")
        ),
        again=100 * np.isin(given["person"][ill & naive], second).mean(),
        days=usual_days(groups[SEVERE_ZOLEDRONATE]),
        women_days=usual_days(groups[WOMEN_ONCE]),
        women_days_seen=value_of("acute_phase", "median_duration_d", arm=WOMEN_FIRST),
        tablets=100 * first_doses(groups[POISE_TABLETS])["acute_phase_chance"].mean(),
        chart=dots(
            {
                name: (number.value, number.published_low, number.published_high)
                for name, number in (("first", first), ("later", later), ("women", grown))
            }
        ),
    )


def judge_flu(m: Measured) -> Judged:
    """Common is a quarter; usually not again is fewer than half of those who had one.

    The series of 81 patients does not say how many were new to these drugs: its share must lie between what
    the model gives if none were and if all were.
    """
    first, later, women = m.reactions.values()
    return Judged(
        statement=dict(common=more(first, 25), not_again=less(m.again, 50), days=2 <= m.days <= 3),
        evidence=dict(
            first=first.inside,
            mixed=between(m.if_all_new.published, later, m.if_all_new),
            women=women.within(m.women_reach),
            women_days=m.women_days >= m.women_days_seen,
        ),
    )


WRONG = POISE.under(f"{RISEDRONATE}, not upright, with food")


def measure_gut(groups: SimulatedGroups) -> Measured:
    """Complaints of stomach and gullet a year by how tablets are taken, and % who stop for them."""
    tablets, placebo = groups[POISE_TABLETS], groups[POISE_PLACEBO]
    gut, last = tablets.after.gut, float(tablets.years[-1])

    def count(group: FollowedGroup, until: float = last, *, stopped: bool = False) -> np.ndarray:
        mine = group.mine(gut.person) & (gut.years <= until) & (gut.stopped | (not stopped))
        return np.bincount(gut.person[mine] - group.place.start, minlength=len(group.cohort))

    a_year = {
        "right": count(tablets) / last,
        "wrong": count(groups[WRONG]) / last,
        "placebo": count(placebo) / last,
    }
    flow = result("poise2013", "flow", arm="risedronate").text or ""
    withdrew, started = (int(re.search(rf"(\d+) {word}", flow)[1]) for word in ("for AE", "started"))  # type: ignore[index]
    return Measured(
        of_100={name: 100 * complaints.mean() for name, complaints in a_year.items()},
        infused=count(groups[SEVERE_PAMIDRONATE]).mean() / last,
        placebo=a_year["placebo"].mean(),
        more=Number.of_mean(a_year["wrong"] - a_year["right"]),
        two_years=Number.of_group(
            100.0 * (count(tablets, 2.0) > 0), 109, against=100.0 * (count(placebo, 2.0) > 0), m=30
        ),
        stopped=Number.of_mean(
            100.0 * (count(tablets, 3.0, stopped=True) > 0), **of_count(withdrew, started, cite("poise2013"))
        ),
        withdrew=withdrew,
        started=started,
    )


def judge_gut(m: Measured) -> Judged:
    """Complaints on infusions are the usual ones within a quarter."""
    return Judged(
        statement=dict(
            wrong=m.more.above(0.0),
            some_stop=more(m.stopped, 0),
            infusions=close(m.infused, m.placebo, 0.25 * m.placebo),
        ),
        evidence=dict(as_told=m.two_years.spans(0.0), stopped=m.stopped.inside),
    )


def jaw_of_100(group: FollowedGroup) -> dict[str, object]:
    """The row of the jaw among benefits and harms of 100 people of a group."""
    plan = f"plan {group.after.setting.plan_index[group.place.start]}"
    return next(row for row in out_of_100.rows(group.after, None) if row["id"] == "jaw_osteonecrosis")[plan]


def measure_jaw(groups: SimulatedGroups) -> Measured:
    """Jaw osteonecrosis, of 100: what the number of people seen leaves possible; never a rate, never 0."""
    p = groups[SEVERE_PAMIDRONATE].after.parameters.safety
    oi, teeth, young = (safety.jaw_osteonecrosis(population, p) for population in safety.POPULATIONS)
    bounds = {
        name: Number(None, 100 * b.low if b.cases else None, 100 * b.high, "95 % that counts leave possible")
        for name, b in (("oi", oi), ("teeth", teeth), ("young", young))
    }
    return Measured(
        drip=jaw_of_100(groups[SEVERE_PAMIDRONATE]),
        tablets=jaw_of_100(groups[POISE_TABLETS]),
        none=jaw_of_100(groups[SEVERE_UNTREATED]),
        oi=oi,
        teeth=teeth,
        young=young,
        young_said=young.said(),
        bounds=bounds,
        none_by_chance=(1.0 - young.cases / young.observed) ** oi.observed,
        chart=dots({name: (None, bound.low or 0.0, bound.high) for name, bound in bounds.items()}),
    )


def judge_jaw(m: Measured) -> Judged:
    """None among so many leaves possible what would have shown one with a chance of 95 %."""
    treated = m.drip, m.tablets
    return Judged(
        statement=dict(oi=all_of([m.oi.cases == 0, m.teeth.cases == 0]), young=m.young.cases == 0),
        evidence=dict(
            no_rate=all_of(all_of([row["mean"] is None, more(row["at_most"], 0)]) for row in treated),
            bound=close((1.0 - m.drip["at_most"] / 100) ** m.oi.observed, 0.05, 1e-06),
            not_lower=more(m.none_by_chance, 0.05),
            untreated=all_of([m.none["mean"] is None, m.none["at_most"] is None]),
        ),
    )


CHECKS = (
    StatementCheck(
        "S12", (SEVERE_ZOLEDRONATE, SEVERE_PAMIDRONATE, WOMEN_ONCE, POISE_TABLETS), measure_flu, judge_flu
    ),
    StatementCheck("S17", (POISE_TABLETS, WRONG, POISE_PLACEBO, SEVERE_PAMIDRONATE), measure_gut, judge_gut),
    StatementCheck("S18", (SEVERE_PAMIDRONATE, POISE_TABLETS, SEVERE_UNTREATED), measure_jaw, judge_jaw),
)
