"""Choices: whom to treat, with what, for how long."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from brittlestar.evidence.leaflet.charts import dots
from brittlestar.evidence.leaflet.check import Judged, Measured, StatementCheck
from brittlestar.evidence.leaflet.effects import change_beyond, fracture_ratio, fractures_avoided, percent
from brittlestar.evidence.leaflet.groups import BY_TYPE, CLINICAL, Z_RULE, ZOLEDRONATE
from brittlestar.evidence.leaflet.margin import less, more, share_less
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.leaflet.published import published
from brittlestar.evidence.leaflet.rivals import MILD, MILD_TREATED, PLANS, RIVAL_GROUPS, SEARCH, under_rivals
from brittlestar.evidence.leaflet.uncertainty import (
    BY_LAW,
    chance_to_see,
    mixed,
    over_laws,
    spread_of_effect,
)
from brittlestar.evidence.simulated_groups import Group, SimulatedGroups
from brittlestar.people.eligibility import Eligibility

BY_SET = "95 % of parameter sets"
HALF_MANY = BY_TYPE["IV"].under(PLANS["half dose"])
OTHERS = [name for name in PLANS if name != "none"]


def measure_search(groups: SimulatedGroups) -> Measured:
    """Search over dose, interval, route, duration and stop rule, with what the calibration leaves open.

    Fractures avoided in 4 years per 100 children, how often each plan avoids most (% of parameter sets), gain
    of Z.
    """
    followed = {name: groups[group] for name, group in SEARCH.items()}
    none, full, half = (followed[name] for name in ("none", "full dose", "half dose"))
    table = np.array(
        [
            [
                100 * fractures_avoided(rival[SEARCH[name]], rival[SEARCH["none"]], 4.0).mean()
                for name in OTHERS
            ]
            for rival in under_rivals(groups)
        ]
    )
    times_best = np.bincount(table.argmax(axis=1), minlength=len(OTHERS))
    best = 100 * times_best / len(table)
    low, high = np.quantile(table, [0.025, 0.975], axis=0)
    avoided = {
        name: Number(
            float(np.mean(100 * fractures_avoided(followed[name], none, 4.0))), low[i], high[i], BY_SET
        )
        for i, name in enumerate(OTHERS)
    }
    ratio = full.expected_fractures(4.0).mean() / half.expected_fractures(4.0).mean()
    tablets = followed["alendronate tablets"]
    met = groups.compare(Z_RULE, 4.0, age=8.0, sex="female", oi_type="IV").resolved.stops[0].met
    return Measured(
        avoided=avoided,
        best={name: best[i] for i, name in enumerate(OTHERS) if best[i] > 0},
        top=OTHERS[int(best.argmax())],
        top_percent=best.max(),
        top_count=int(times_best.max()),
        sets=len(table),
        full_and_half_differ=100 * (1 - ratio),
        power=100 * chance_to_see(groups[HALF_MANY].fractures(4.0), ratio, 70, 69, 4.0),
        z={name: Number.of_mean(followed[name].change("ls_z", 4.0)) for name in OTHERS},
        first_year=change_beyond(tablets, none, "ls_z", 1.0).mean(),
        later_years=change_beyond(tablets, none, "ls_z", 3.0, 1.0).mean() / 2,
        twice_the_dose=change_beyond(full, half, "ls_abmd", 1.0, percent=True).mean(),
        rule_met_after=None if met is None else met.days / 365.25,
        chart=dots(avoided),
    )


def judge_search(m: Measured) -> Judged:
    """ "Open" means that no plan avoids most fractures in 95 % of parameter sets, as far as those drawn tell.

    And that a trial of 139 children (the largest placebo-controlled one so far) over 4 years would tell full
    from half dose with less than 80 % power. Evidence: gains flatten after the first year, and more drug
    gives more density.
    """
    return Judged(
        statement=dict(no_best=share_less(m.top_count, m.sets, 95), no_trial=less(m.power, 80)),
        evidence=dict(flattens=less(m.later_years, m.first_year), dose=more(m.twice_the_dose, 0)),
    )


REFERRED = Group((4.0, 15.0), "referral", n=200).untreated()
TREATED_LATER = REFERRED.under(f"{ZOLEDRONATE} from 2 years")
REASONS = {
    "any_of": [
        {"vertebral_fractures": {"min": 1}},
        {"lower_limb_fractures": {"min": 2}},
        {"pain": {"min": 5}},
    ]
}
"""Fractures that cost mobility are read as two of the lower limbs, lasting pain as 5 of 10."""
WATCHED = (0.5, 1.0, 1.5, 2.0)
"""Years at which pain is asked for: it lasts if it is there each time."""
CODES = {"I": 1, "IV": 2, "III": 3}


@dataclass(frozen=True)
class Reasons:
    """Those of ``REFERRED`` who meet a reason, those of type I who meet none, and what treatment brings."""

    meets: np.ndarray
    mild: np.ndarray
    gain: np.ndarray
    """fractures avoided in two years, per 100 [person]"""
    ratio: float
    """of clinical fractures in those who meet a reason"""
    failed: Mapping[str, int]

    @classmethod
    def of(cls, groups: SimulatedGroups) -> "Reasons":
        """Two years are watched, then everybody is treated for two, or nobody."""
        before, treated = groups[REFERRED], groups[TREATED_LATER]
        people = {
            "vertebral_fractures": before.fractures(2.0, sites=("vertebral",)),
            "lower_limb_fractures": before.fractures(2.0, sites=("lower_limb",)),
            "pain": before.after.pain_level(WATCHED)[:, before.place].min(axis=0),
        }
        screening = Eligibility.from_table(REASONS).screen(people)
        meets = screening.eligible
        return cls(
            meets,
            ~meets & (before.cohort.oi_type == CODES["I"]),
            100 * fractures_avoided(treated, before, 4.0, 2.0),
            fracture_ratio(treated, before, 4.0, 2.0, CLINICAL, people=meets),
            dict(screening.failed),
        )


def measure_reasons(groups: SimulatedGroups) -> Measured:
    """Two years are watched, then some are treated for two: what those gain who meet a reason, and mild
    disease, mixed over laws.

    People of 100, fractures avoided per 100, ratios of fractures.
    """
    before, treated = groups[REFERRED], groups[TREATED_LATER]
    by_law = over_laws(groups, (REFERRED, TREATED_LATER), Reasons.of)
    usual, types = by_law["usual"], before.cohort.oi_type
    rival = np.array(
        [100 * fractures_avoided(g[MILD_TREATED], g[MILD], 4.0).mean() / 2 for g in under_rivals(groups)]
    )
    low, high = np.quantile(rival, [0.025, 0.975])
    mild_ratio = fracture_ratio(treated, before, 4.0, 2.0, people=usual.mild)

    def over(values: Mapping[str, float], **published: Any) -> Number:
        return Number(mixed(values), min(values.values()), max(values.values()), BY_LAW, **published)

    with_reason = over({law: float(one.gain[one.meets].mean()) for law, one in by_law.items()})
    without = over({law: float(one.gain[one.mild].mean()) for law, one in by_law.items()})
    ratio = {law: one.ratio for law, one in by_law.items()}
    reach = 1.645 * spread_of_effect(mixed(ratio))
    pooled = published("hald2015", "RR_fracture_rate")
    some = any(pooled["published_low"] <= one <= pooled["published_high"] for one in ratio.values())
    return Measured(
        meet=percent(usual.meets),
        meet_by_type={kind: percent(usual.meets[types == code]) for kind, code in CODES.items()},
        with_reason=with_reason,
        without=without,
        mild=Number(float(rival.mean()), low, high, BY_SET),
        ratio=over(ratio, **pooled),
        why="which law is true" if some else "the effect that all laws share",
        by_trial=Number(
            mixed(ratio), mixed(ratio) * np.exp(-reach), mixed(ratio) * np.exp(reach), "90 % of trials"
        ),
        mild_ratio=mild_ratio,
        power=100 * chance_to_see(before.fractures(4.0, 2.0)[usual.mild], mild_ratio, 49, 94, 2.0),
        rules="; ".join(f"{rule} (not met by {n} of 200)" for rule, n in usual.failed.items()),
        chart=dots({"with_reason": with_reason, "without": without}),
    )


def judge_reasons(m: Measured) -> Judged:
    """Those who meet a reason gain 1.5 times as much as those with type I who meet none.

    "Unclear" in mild disease means that a trial of the size of POISE over 2 years would show the effect there
    with less than 80 % chance. Evidence: the pooled rate ratio of controlled trials with its 95 % interval.
    """
    return Judged(
        statement=dict(more=more(m.with_reason, 1.5 * float(m.without)), unclear=less(m.power, 80)),
        evidence=dict(ratio=m.ratio.inside),
    )


CHECKS = (
    StatementCheck("S30", (*RIVAL_GROUPS, HALF_MANY), measure_search, judge_search),
    StatementCheck("S40", (REFERRED, TREATED_LATER, *RIVAL_GROUPS), measure_reasons, judge_reasons),
)
