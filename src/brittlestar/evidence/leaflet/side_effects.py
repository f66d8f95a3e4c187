"""Checks of reactions to infusions and tablets, and of the jaw."""

import re
from typing import Any

import numpy as np

from brittlestar.evidence.leaflet.charts import dots
from brittlestar.evidence.leaflet.cohorts import ONCE, ZOLEDRONIC
from brittlestar.evidence.leaflet.density_pain_routes import (
    INFUSED,
    NOT_TREATED,
    PLACEBO,
    POISE,
    RISEDRONATE,
    TABLETS,
)
from brittlestar.evidence.leaflet.published import published
from brittlestar.evidence.leaflet.registry import check
from brittlestar.evidence.leaflet.verdict import Claim, Finding, Number
from brittlestar.evidence.simulated_groups import FollowedGroup, GroupUnderPlan, SimulatedGroups
from brittlestar.evidence.studies.look_up import cite, result
from brittlestar.evidence.studies.study import study
from brittlestar.outcomes import safety

CHILDREN_GIVEN = "zoledronate_children_mixed_27_OI_George_2015"
CHILDREN_FIRST = "zoledronate_0.05_mg_kg_non_OI_children_2013"
WOMEN_FIRST = "zoledronate_5_mg_postmenopausal_women_Reid_2010"


def counted(name: str, measure: str, arm: str | None = None) -> tuple[int, int]:
    """Cases and people of a result that is printed as a count: "14/27", "2 of 204"."""
    text = result(name, measure, arm=arm).text or ""
    found = re.search(r"(\d+)\s*(?:/|of)\s*(\d+)", text)
    if found is None:
        raise ValueError(f"{name} {measure}: no count in {text!r}")
    return int(found[1]), int(found[2])


def infusions_counted() -> int:
    """Infusions of the series of 81 patients."""
    return counted("acute_phase", "symptomatic_needing_iv_Ca", CHILDREN_GIVEN)[1]


def of_count(cases: int, n: int, source: str) -> dict[str, Any]:
    """Published fields of a share with its exact 95 % interval, in %."""
    low, high = safety.clopper_pearson(cases, n)
    return {
        "published": 100 * cases / n,
        "published_low": 100 * low,
        "published_high": 100 * high,
        "source": source,
    }


def courses_of(run: FollowedGroup) -> dict[str, np.ndarray]:
    """First doses of the courses of an arm: columns of ``Doses``, persons from 0."""
    d = run.after.doses
    mine = run.mine(d.person) & d.opens
    table = {name: column[mine] for name, column in d._asdict().items()}
    return {**table, "person": table["person"] - run.place.start}


@check("S12", ZOLEDRONIC, INFUSED, ONCE, TABLETS)
def flu_once(w: SimulatedGroups) -> Finding:
    """Reactions after first and later infusions.

    The series of 81 patients does not say how many were new to these drugs: its share must lie between what
    the model gives if none were and if all were.
    """
    given, women = courses_of(w[ZOLEDRONIC]), courses_of(w[ONCE])
    chance, first = 100 * given["acute_phase_chance"], given["naive"]
    naive = Number(
        "children: reaction after the first infusion",
        chance[first].mean(),
        "%",
        **of_count(*counted("acute_phase", "fever_>38C_first", CHILDREN_FIRST), cite("acute_phase")),
    )
    later = Number("children: reaction after a later infusion", chance[~first].mean(), "%")
    grown = Number(
        "women: reaction after the first infusion",
        100 * women["acute_phase_chance"].mean(),
        "%",
        **published("acute_phase", "APR_first_pct_zoledronate", arm=WOMEN_FIRST),
    )
    mixed = result("acute_phase", "APR_pct_of_infusions", arm=CHILDREN_GIVEN).value or 0.0
    each = infusions_counted() / next(
        arm.n or 0 for arm in study("acute_phase").arms if arm.id == CHILDREN_GIVEN
    )
    all_new = (float(naive) + (each - 1.0) * float(later)) / each
    n = next(arm.n or 0 for arm in study("acute_phase").arms if arm.id == WOMEN_FIRST)
    wanted = (grown.published or 0.0) / 100
    reach = 196 * np.sqrt(wanted * (1 - wanted) / n)
    ill = given["person"][given["acute_phase"] & first]
    again = np.isin(ill, given["person"][given["acute_phase"] & (given["number"] == 1)]).mean()
    days = given["reaction_days"][given["acute_phase"]]
    longest = result("acute_phase", "median_duration_d", arm=WOMEN_FIRST).value or 0.0
    tablets = 100 * courses_of(w[TABLETS])["acute_phase_chance"].mean()
    return Finding(
        summary=f"After the first infusion {float(naive):.0f} of 100 children have a reaction, after a "
        f"later one {float(later):.0f}; of those who had one {100 * again:.0f} of 100 have it again at the "
        f"second. It lasts {np.median(days):.0f} days or less in half of them. Of women after their first "
        f"{float(grown):.0f} of 100 have one (published {grown.published:g}). After a first tablet it is "
        f"{tablets:.0f} of 100.",
        statement=[
            Claim("common at the first infusion: at least a quarter", float(naive) > 25),
            Claim("usually not again: fewer than half of those who had one", again < 0.5),
            Claim("half of the reactions last 2 to 3 days", 2 <= np.median(days) <= 3),
        ],
        evidence=[
            Claim("first infusion in children within the exact interval of 14 of 27", naive.inside),
            Claim(
                f"{mixed:g} % of all infusions lies between none and all being new to the drugs",
                float(later) <= mixed <= all_new,
            ),
            Claim(
                f"first infusion in women within what {n} women leave open",
                abs(float(grown) - (grown.published or 0.0)) <= reach,
            ),
            Claim(
                f"median length as in women, {longest:g} days",
                np.median(women["reaction_days"][women["acute_phase"]]) >= longest,
            ),
        ],
        numbers=[
            naive,
            later,
            grown,
            Number(
                "children: reaction per infusion if all were new to the drugs",
                all_new,
                "%",
                published=mixed,
                source=cite("acute_phase"),
            ),
        ],
        sources=[cite("acute_phase"), cite("idolazzi2017"), cite("plotkin2000")],
        notes=[
            "Chances are inputs taken from these series, mostly of other diseases; that a later reaction is "
            "rarer was set so that all infusions together come out. Of women on placebo 11.7 of 100 "
            "reported the same.",
            "A review says that almost all older children react at their first infusion; 14 of 27 were "
            "counted.",
        ],
        chart=dots(
            "Reactions after an infusion",
            "of 100",
            {n.label: (n.value, n.published_low, n.published_high) for n in (naive, later, grown)},
        ),
    )


WRONG = GroupUnderPlan(POISE, f"{RISEDRONATE}, not upright, with food")


@check("S17", TABLETS, WRONG, PLACEBO, INFUSED)
def tablets_upset(w: SimulatedGroups) -> Finding:
    """Complaints of stomach and gullet by how tablets are taken, and stopping for them."""
    gut = w[TABLETS].after.gut
    last = float(w[TABLETS].years[-1])

    def count(run: FollowedGroup, until: float = last, *, stopped: bool = False) -> np.ndarray:
        mine = run.mine(gut.person) & (gut.years <= until) & (gut.stopped | (not stopped))
        return np.bincount(gut.person[mine] - run.place.start, minlength=len(run.cohort))

    right, wrong, placebo = (count(w[arm]) / last for arm in (TABLETS, WRONG, PLACEBO))
    more = Number.of_mean(
        "complaints a year, tablets taken lying down and with food against as told", wrong - right, "a person"
    )
    ward = Number.of_group(
        "people with a complaint in two years, tablets as told against placebo",
        100.0 * (count(w[TABLETS], 2.0) > 0),
        109,
        against=100.0 * (count(w[PLACEBO], 2.0) > 0),
        m=30,
    )
    flow = result("poise2013", "flow", arm="risedronate").text or ""
    withdrew, started = (int(re.search(rf"(\d+) {word}", flow)[1]) for word in ("for AE", "started"))  # type: ignore[index]
    stopped = Number.of_mean(
        "people who stop tablets for it within three years",
        100.0 * (count(w[TABLETS], 3.0, stopped=True) > 0),
        "%",
        **of_count(withdrew, started, cite("poise2013")),
    )
    return Finding(
        summary=f"Taken lying down and with food, tablets bring {100 * wrong.mean():.0f} complaints a year "
        f"to 100 people, taken as told {100 * right.mean():.0f}, placebo {100 * placebo.mean():.0f}. Within "
        f"three years {float(stopped):.0f} of 100 stop for them (published: {withdrew} of {started} for any "
        "adverse event).",
        statement=[
            Claim("taken wrongly, tablets bring more complaints than taken as told", more.above(0.0)),
            Claim("some people stop tablets for them", float(stopped) > 0),
            Claim(
                "infusions bring no complaints beyond the usual",
                abs(count(w[INFUSED]).mean() / last - placebo.mean()) < 0.25 * placebo.mean(),
            ),
        ],
        evidence=[
            Claim(
                "taken as told: no difference from placebo that a trial of 109 and 30 sees",
                not (ward.above(0.0) or ward.below(0.0)),
            ),
            Claim("share that stops within the exact interval of the trial", stopped.inside),
        ],
        numbers=[more, ward, stopped],
        sources=[cite("ward2011"), cite("poise2013")],
        notes=[
            "How much worse tablets taken wrongly are is assumed, and so is the usual rate of complaints: "
            "no count from people with osteogenesis imperfecta was found.",
        ],
    )


@check("S18", INFUSED, TABLETS, NOT_TREATED)
def jaw(w: SimulatedGroups) -> Finding:
    """Jaw osteonecrosis: what the number of people looked at leaves possible; never a rate, never 0."""
    rows = {
        name: row_of(w[arm], "jaw_osteonecrosis")
        for name, arm in {"drip": INFUSED, "tablets": TABLETS, "none": NOT_TREATED}.items()
    }
    p = w[INFUSED].after.parameters.safety
    oi, teeth, young = (safety.jaw_osteonecrosis(group, p) for group in safety.POPULATIONS)
    alike = (1.0 - young.cases / young.observed) ** oi.observed
    numbers = [
        Number(
            label,
            None,
            "of 100",
            100 * bound.low if bound.cases else None,
            100 * bound.high,
            "95 % that counts leave possible",
        )
        for label, bound in (
            ("children with osteogenesis imperfecta", oi),
            ("teeth drawn in such children", teeth),
            ("young people on any such drug for any disease", young),
        )
    ]
    return Finding(
        summary=f"Jaw osteonecrosis after treatment in 100 children: {rows['drip']['said']}. In young "
        f"people on any such drug for any disease: {young.said()}. The model draws no case and states no "
        "rate.",
        statement=[
            Claim("children with osteogenesis imperfecta: none counted", oi.cases == 0 and teeth.cases == 0),
            Claim("children and young people treated for any disease: none counted", young.cases == 0),
        ],
        evidence=[
            Claim(
                "treated: no rate, and an upper bound above 0",
                all(rows[name]["mean"] is None and rows[name]["at_most"] > 0 for name in ("drip", "tablets")),
            ),
            Claim(
                "the bound is what none among so many leaves possible: 95 % would have shown one",
                abs((1.0 - rows["drip"]["at_most"] / 100) ** oi.observed - 0.05) < 1e-6,
            ),
            Claim(
                "none in osteogenesis imperfecta does not show a lower risk than in all young people "
                "(chance of none above 5 %)",
                alike > 0.05,
            ),
            Claim(
                "untreated: neither rate nor bound",
                rows["none"]["mean"] is None and rows["none"]["at_most"] is None,
            ),
        ],
        numbers=numbers,
        sources=[oi.source, teeth.source, young.source, cite("onj")],
        wording_contradicted=True,
        notes=[
            "The statement was true of what was known in January 2015. A review of 2023 counted 14 cases "
            "among 1192 young people, 60 % of them with osteogenesis imperfecta; how many of the 14 had it "
            "was not seen.",
            "No count is held for adults with cancer on high doses, in whom it was first seen.",
        ],
        chart=dots(
            "Jaw osteonecrosis: what counts leave possible",
            "of 100",
            {n.label: (None, n.low or 0.0, n.high) for n in numbers},
        ),
    )


def row_of(run: FollowedGroup, id: str, years: float | None = None) -> dict[str, Any]:
    """One row of benefits and harms of 100 people of an arm."""
    plan = f"plan {run.after.setting.plan_index[run.place.start]}"
    row = next(row for row in run.after.per_hundred(years) if row["id"] == id)
    return {**{name: row[name] for name in ("id", "label", "kind", "unit", "years", "note")}, **row[plan]}
