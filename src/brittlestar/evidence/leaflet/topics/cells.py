"""What the drugs do to the cells of bone."""

import numpy as np

from brittlestar.evidence.leaflet.charts import dots, lines
from brittlestar.evidence.leaflet.check import Judged, Measured, StatementCheck
from brittlestar.evidence.leaflet.effects import percent_beyond, share_lost
from brittlestar.evidence.leaflet.groups import EIGHT_PAMIDRONATE, EIGHT_UNTREATED, EIGHT_YEARS, MONTREAL
from brittlestar.evidence.leaflet.margin import all_of, close, less, more
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.leaflet.published import near
from brittlestar.evidence.simulated_groups import SimulatedGroups

USUAL = {
    "zoledronate": EIGHT_YEARS.under("zoledronate-0.05-6monthly"),
    "pamidronate": EIGHT_PAMIDRONATE,
    "neridronate": EIGHT_YEARS.under("neridronate-2mgkg-3monthly"),
    "alendronate": EIGHT_YEARS.under("shriners-alendronate"),
    "risedronate": EIGHT_YEARS.under("poise-risedronate"),
}
"""Each drug at a published dose, same children."""
DAYS_TREATED = EIGHT_YEARS.under(MONTREAL, 0.5)
DAYS_UNTREATED = EIGHT_YEARS.untreated(0.5)
CELLS = ("resorption", "formation")
DAY = 1.0 / 365.25
NEXT_COURSE = 121.0 * DAY
"""Just before the second course, after four months."""


def measure_activity(groups: SimulatedGroups) -> Measured:
    """Resorption under every drug and formation by coupling, % of untreated; later their ratio."""
    base = groups[EIGHT_UNTREATED].mean_over("resorption", 1.0)
    first_year = {
        drug: Number.of_mean(100.0 * (groups[treated].mean_over("resorption", 1.0) / base - 1.0))
        for drug, treated in USUAL.items()
    }
    years_2_to_4 = [
        (groups[g].mean_over("formation", 4.0, 1.0) / groups[g].mean_over("resorption", 4.0, 1.0)).mean()
        for g in USUAL.values()
    ]
    treated, untreated = groups[DAYS_TREATED], groups[DAYS_UNTREATED]
    pamidronate = groups[EIGHT_PAMIDRONATE]
    return Measured(
        first_year=first_year,
        least_fall=-max(float(n) for n in first_year.values()),
        most_fall=-min(float(n) for n in first_year.values()),
        lost_by_day_3={
            name: 100 * float(np.interp(3 * DAY, treated.years, share_lost(treated, untreated, name)))
            for name in CELLS
        },
        balance=(min(years_2_to_4), max(years_2_to_4)),
        balance_percent=(100 * min(years_2_to_4), 100 * max(years_2_to_4)),
        marker=Number.of_mean(pamidronate.at("ntx", 47.5 / 12.0), **near("rauch03-4-years")),
        surface=Number.of_mean(
            pamidronate.change("bfr_bs_um_per_year", 29.0 / 12.0, percent=True), **near("rauch02-bfr")
        ),
        chart=dots(first_year),
    )


def judge_activity(m: Measured) -> Judged:
    """A fall counts from 10 %.

    Three days into treatment formation has lost less than a tenth of what resorption has; from the second
    year on formation is within 10 % of resorption.
    """
    lost = m.lost_by_day_3
    return Judged(
        statement=dict(
            falls={drug: change.below(-10) for drug, change in m.first_year.items()},
            formation_goes_on=all_of(
                [more(lost["resorption"], 5), less(lost["formation"], 0.1 * lost["resorption"])]
            ),
            formation_follows=all_of(close(ratio, 1.0, 0.1) for ratio in m.balance),
        ),
        evidence=dict(marker=m.marker.inside, surface=m.surface.inside),
    )


def measure_tilt(groups: SimulatedGroups) -> Measured:
    """Shares of resorption and formation lost after an infusion, days until half, density gained in %."""
    treated, untreated = groups[DAYS_TREATED], groups[DAYS_UNTREATED]
    lost = {name: share_lost(treated, untreated, name) for name in CELLS}
    course = treated.years < NEXT_COURSE
    return Measured(
        half_after={
            name: float(treated.years[np.argmax(share >= 0.5 * share[course].max())] / DAY)
            for name, share in lost.items()
        },
        lost_by_day_7={name: float(np.interp(7 * DAY, treated.years, share)) for name, share in lost.items()},
        first=Number.of_mean(treated.change("ntx", 6 * DAY, percent=True), **near("rauch03-first-week")),
        trough=Number.of_mean(treated.change("ntx", 91 * DAY, percent=True), **near("rauch03-trough")),
        gain=Number.of_mean(percent_beyond(treated, untreated, "ls_abmd", NEXT_COURSE)),
        chart=lines(treated.years / DAY, lost),
    )


def judge_tilt(m: Measured) -> Judged:
    """ "Goes on" is a formation that in the first week loses less than 30 % of what resorption does.

    "Days" is half of the fall within a week, "months" half of it after a month or more.
    """
    half, week = m.half_after, m.lost_by_day_7
    return Judged(
        statement=dict(
            resorption_falls_at_once=all_of([more(week["resorption"], 0), less(half["resorption"], 7)]),
            formation_falls_late=more(half["formation"], 30),
            formation_goes_on=all_of(
                [more(week["resorption"], 0.05), less(week["formation"], 0.3 * week["resorption"])]
            ),
            bone_is_gained=m.gain.above(0),
        ),
        evidence=dict(first=m.first.inside, trough=m.trough.inside),
    )


CHECKS = (
    StatementCheck(
        "S02",
        (*USUAL.values(), EIGHT_UNTREATED, DAYS_TREATED, DAYS_UNTREATED),
        measure_activity,
        judge_activity,
    ),
    StatementCheck("S06", (DAYS_TREATED, DAYS_UNTREATED), measure_tilt, judge_tilt),
)
