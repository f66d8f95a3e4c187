"""The Shriners trial, and dose ranging."""

from dataclasses import replace

from brittlestar.evidence.leaflet.charts import dots
from brittlestar.evidence.leaflet.check import Judged, Measured, StatementCheck
from brittlestar.evidence.leaflet.effects import fracture_ratio
from brittlestar.evidence.leaflet.endpoints import endpoint, number_of
from brittlestar.evidence.leaflet.groups import BY_TYPE, BY_TYPE_TREATED, LONG_BONES
from brittlestar.evidence.leaflet.limits import limit
from brittlestar.evidence.leaflet.margin import between, close, less, more
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.leaflet.published import near, near_difference
from brittlestar.evidence.leaflet.uncertainty import chance_to_see
from brittlestar.evidence.simulated_groups import Group, SimulatedGroups

TABLETS = {kind: Group(8.0, kind).under("shriners-alendronate") for kind in ("I", "III")}


def measure_shriners(groups: SimulatedGroups) -> Measured:
    """The trial again, and fractures of long bones by severity and dose, treated over untreated."""
    trial = groups.trial("ward2011")
    z, marker, rate = (
        number_of(endpoint(trial, name, "difference")) for name in ("ls_z_change", "untx_ratio", "rate_ratio")
    )
    z = replace(z, **near_difference("ward-alendronate-z", "ward-placebo-z"))
    tablets = {
        kind: fracture_ratio(groups[group], groups[BY_TYPE[kind]], 2.0, sites=LONG_BONES)
        for kind, group in TABLETS.items()
    }
    drip = fracture_ratio(groups[BY_TYPE_TREATED["III"]], groups[BY_TYPE["III"]], 2.0, sites=LONG_BONES)
    severe = groups[BY_TYPE["III"]].fractures(2.0, sites=LONG_BONES)
    return Measured(
        z=z,
        marker=marker,
        rate=rate,
        tablets=tablets,
        drip=drip,
        power=100 * chance_to_see(severe, float(rate), 30, 109, 2.0),
        chart=dots(
            {
                "tablets_I": tablets["I"],
                "tablets_III": tablets["III"],
                "drip": drip,
                "trial": (rate.value, rate.low, rate.high),
            }
        ),
    )


def judge_shriners(m: Measured) -> Judged:
    """Why it saw no effect: severity, dose, or too few children.

    Severity explains if the hazard ratio of long bones under alendronate is nearer 1 by 0.1 in type III than
    in type I; dose if infusions lower it by a further 0.1 in type III; size if a trial of 109 and 30 shows
    its own effect with less than 80 % chance. Evidence: gain of Z beyond placebo within 2 SD of the published
    one, and a range of rate ratios that holds 1.
    """
    return Judged(
        statement=dict(
            severity=more(m.tablets["III"] - m.tablets["I"], 0.1),
            dose=more(m.tablets["III"] - m.drip, 0.1),
            size=less(m.power, 80),
        ),
        evidence=dict(z=m.z.inside, rate=between(1, m.rate.low, m.rate.high)),
    )


RANGED = Group((4.0, 15.0), (("I", 1.0), ("III", 7.0), ("IV", 45.0)))
DOSES = (0.2, 1.0, 2.0)
"""Of risedronate, mg/kg a week."""
NO_DOSE = RANGED.untreated()
RANGES = {d: RANGED.under(f"risedronate {d:g} mg/kg/week") for d in DOSES}


def measure_ranging(groups: SimulatedGroups) -> Measured:
    """Three doses of risedronate over two years: density and size-adjusted density in %, fractures."""
    low, _, high = (groups[group] for group in RANGES.values())
    ratio = fracture_ratio(high, low, 2.0)
    gain = {dose: groups[group].change("ls_abmd", 2.0, percent=True) for dose, group in RANGES.items()}
    sized = {dose: groups[group].change("ls_bmad", 2.0, percent=True) for dose, group in RANGES.items()}
    density = {dose: Number.of_people(values) for dose, values in gain.items()}
    return Measured(
        density=density,
        sized={dose: Number.of_people(values) for dose, values in sized.items()},
        gains=[values.mean() for values in gain.values()],
        sized_gains=[values.mean() for values in sized.values()],
        gap=Number.of_mean(
            gain[2.0] - gain[0.2],
            **near("bishop-dose"),
        ),
        untreated=groups[NO_DOSE].change("ls_bmad", 2.0, percent=True).mean(),
        least_change=100 * limit("S39.stays") / low.at("ls_abmd", 0.0).mean(),
        ratio=ratio,
        power=100 * chance_to_see(low.fractures(2.0), ratio, 18, 18, 2.0),
        chart=dots(density),
    )


def judge_ranging(m: Measured) -> Judged:
    """Each higher dose gains 3 points more (least significant change).

    Evidence: size-adjusted density falls, stays (within what two scans show) and rises; the difference of the
    outer doses within 2 SD of the published 16.5 points; a trial of 53 cannot tell the doses apart by
    fractures.
    """
    low, middle, high = m.gains
    sized_low, sized_middle, sized_high = m.sized_gains
    return Judged(
        statement=dict(middle=more(middle - low, 3), high=more(high - middle, 3)),
        evidence=dict(
            gap=m.gap.inside,
            falls=less(sized_low, 0),
            stays=close(sized_middle, 0.0, m.least_change),
            rises=more(sized_high, 0),
            fractures=less(m.power, 50),
        ),
    )


CHECKS = (
    StatementCheck(
        "S38",
        (*BY_TYPE.values(), *BY_TYPE_TREATED.values(), *TABLETS.values()),
        measure_shriners,
        judge_shriners,
    ),
    StatementCheck("S39", (*RANGES.values(), NO_DOSE), measure_ranging, judge_ranging),
)
