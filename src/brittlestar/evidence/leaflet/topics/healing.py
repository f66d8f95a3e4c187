"""How osteotomies and fractures heal."""

from typing import Any, NamedTuple

import numpy as np

from brittlestar._shared.parameter_files import DAYS_PER_MONTH, DAYS_PER_YEAR
from brittlestar.evidence.leaflet.charts import dots, lines
from brittlestar.evidence.leaflet.check import Judged, Measured, StatementCheck
from brittlestar.evidence.leaflet.effects import difference
from brittlestar.evidence.leaflet.groups import PAMIDRONATE, SEVERE, SEVERE_PAMIDRONATE, SEVERE_UNTREATED
from brittlestar.evidence.leaflet.margin import less
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.leaflet.published import published
from brittlestar.evidence.leaflet.uncertainty import share_of_studies
from brittlestar.evidence.simulated_groups import FollowedGroup, Group, SimulatedGroups

CUT = "osteotomy of the femur at 3 years"
OPERATED = Group((2.0, 9.0), SEVERE)
NEVER = OPERATED.under(CUT)
LONG = OPERATED.under(f"{PAMIDRONATE}, {CUT}")
SHORT = OPERATED.under(f"{PAMIDRONATE} from 32 months, {CUT}")
PAUSED = OPERATED.under(f"{PAMIDRONATE}, {CUT}, hold from surgery until 4 months after surgery")


class Healed(NamedTuple):
    """Unions of one kind in one group: one row per event."""

    person: np.ndarray
    late: np.ndarray
    """chance of no union after 12 months"""
    months: np.ndarray
    """infinite without union"""

    @property
    def log_odds(self) -> np.ndarray:
        return np.log(self.late / (1.0 - self.late))

    @property
    def median(self) -> float:
        """Months until half have united."""
        return float(np.median(self.months))

    @property
    def late_of_100(self) -> float:
        """Of 100, those not united after 12 months."""
        return 100 * self.late.mean()


def healed(group: FollowedGroup, *, osteotomy: bool, since: float = 0.0) -> Healed:
    """What united in a group."""
    u = group.after.unions
    mine = group.mine(u.person) & (u.osteotomy == osteotomy) & (u.years >= since)
    return Healed(u.person[mine] - group.place.start, u.delayed_chance[mine], u.days[mine] / DAYS_PER_MONTH)


def odds_ratio(treated: Healed, control: Healed, **fields: Any) -> Number:
    """Odds ratio of late union for the same people, from the mean of their log odds."""
    log = Number.of_mean(treated.log_odds - control.log_odds)
    value, low, high = (float(np.exp(x or 0.0)) for x in (log.value, log.low, log.high))
    return Number(value, low, high, log.range_is, **fields)


def measure_cuts(groups: SimulatedGroups) -> Measured:
    """Osteotomies at 5 to 12 years, after three years of pamidronate, after four months, and without."""
    never, long, short = (healed(groups[g], osteotomy=True) for g in (NEVER, LONG, SHORT))
    age = groups[LONG].cohort.age_years[long.person] + 3.0
    late = {"long": long.late_of_100, "short": short.late_of_100, "never": never.late_of_100}
    return Measured(
        late=late,
        months_never=never.median,
        ratio=odds_ratio(long, never, **published("munns2004_healing", "OR_delayed_osteotomy_healing")),
        longer=odds_ratio(long, short),
        by_age=Number(
            float(np.exp(np.polyfit(age, long.log_odds, 1)[0])),
            **published("munns2004_healing", "OR_per_year_of_age"),
        ),
        months=Number(long.median, **published("osteotomy_series2024", "time_to_heal_months")),
        chart=dots(late),
    )


def judge_cuts(m: Measured) -> Judged:
    """Later is an odds ratio whose interval lies above 1."""
    return Judged(
        statement=dict(later=m.ratio.above(1.0), longer=m.longer.above(1.0)),
        evidence=dict(ratio=m.ratio.inside, by_age=m.by_age.inside, months=m.months.inside),
    )


def measure_pause(groups: SimulatedGroups) -> Measured:
    """A pause of four months after an osteotomy, and one until healing is seen: what they buy and cost."""
    never, long, paused = (healed(groups[g], osteotomy=True) for g in (NEVER, LONG, PAUSED))
    on, off = groups[LONG], groups[PAUSED]
    z = Number.of_mean(difference(off, on, "ls_z", 4.0))
    broken = Number.of_mean(off.expected_fractures(4.0, 3.0) - on.expected_fractures(4.0, 3.0))
    plan = f"{PAMIDRONATE}, osteotomy of the femur at 1 year, hold around surgery until healing is seen"
    resolved = groups.compare(plan, 3.0, age=8.0, sex="female", oi_type="IV").resolved
    start, end = resolved.held[0]
    seen = resolved.surgeries[0].healed
    again = [day for day, _ in resolved.doses(3.0 * DAYS_PER_YEAR, 8.0, "female") if day >= start]
    inside = (on.years >= 2.0) & (on.years <= 4.0)
    return Measured(
        late={"paused": paused.late_of_100, "long": long.late_of_100, "never": never.late_of_100},
        less=odds_ratio(paused, long),
        rebound=Number.of_mean(difference(off, on, "turnover_ratio", 3.33)),
        z=z,
        z_cost=-float(z),
        broken=broken,
        broken_of_100=100 * float(broken),
        pause=Number((end - start) / DAYS_PER_MONTH),
        back_when_healed=seen is not None and bool(again) and min(again) >= end == seen.days,
        chart=lines(
            on.years[inside], {"on": on["turnover_ratio"][inside], "paused": off["turnover_ratio"][inside]}
        ),
    )


def judge_pause(m: Measured) -> Judged:
    """Less likely is an odds ratio whose interval lies below 1; resorption rises from 0.001 of untreated."""
    return Judged(
        statement=dict(
            less=m.less.below(1.0), rebound=m.rebound.above(0.001), back_when_healed=m.back_when_healed
        ),
        evidence={},
    )


def measure_fractures(groups: SimulatedGroups) -> Measured:
    """Fractures from the second year on: late union of 100, odds ratios, what studies of that size see."""
    treated, none = (
        healed(groups[g], osteotomy=False, since=1.0) for g in (SEVERE_PAMIDRONATE, SEVERE_UNTREATED)
    )
    odds = [h.late.mean() / (1.0 - h.late.mean()) for h in (treated, none)]
    late = [h.months > 12.0 for h in (treated, none)]
    shares = [np.mean(~np.isfinite(h.months)) for h in (treated, none)]
    reach = 1.96 * np.sqrt(sum(s * (1 - s) / len(h.months) for s, h in zip(shares, (treated, none))))
    return Measured(
        late={"treated": treated.late_of_100, "none": none.late_of_100},
        ratio=Number(
            odds[0] / odds[1], **published("munns2004_healing", "OR_delayed_fracture_healing_age_adjusted")
        ),
        cuts=odds_ratio(*(healed(groups[g], osteotomy=True) for g in (LONG, NEVER))),
        seen=100 * share_of_studies(groups.seed, late[1], late[0], 98, 99),
        more_non_unions=shares[0] - shares[1],
        chance=reach,
    )


def judge_fractures(m: Measured) -> Judged:
    """ "Not shown": most studies of the published size see nothing."""
    return Judged(
        statement=dict(not_shown=less(m.seen, 50), less_than_cuts=less(m.ratio, m.cuts.low)),
        evidence=dict(ratio=m.ratio.inside, non_unions=less(m.more_non_unions, m.chance)),
    )


CHECKS = (
    StatementCheck("S13", (NEVER, LONG, SHORT), measure_cuts, judge_cuts),
    StatementCheck("S14", (NEVER, LONG, PAUSED), measure_pause, judge_pause),
    StatementCheck(
        "S15", (SEVERE_UNTREATED, SEVERE_PAMIDRONATE, NEVER, LONG), measure_fractures, judge_fractures
    ),
)
