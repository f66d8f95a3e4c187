"""Growth, and the ends of long bones."""

import numpy as np

from brittlestar.aftermath import out_of_100
from brittlestar.aftermath.consequences import aftermath
from brittlestar.evidence.leaflet.charts import lines
from brittlestar.evidence.leaflet.check import Judged, Measured, StatementCheck
from brittlestar.evidence.leaflet.effects import difference
from brittlestar.evidence.leaflet.groups import (
    NERIDRONATE_FROM_BIRTH,
    NEWBORN_UNTREATED,
    PAMIDRONATE,
    SEVERE,
    SEVERE_CHILDREN,
    SEVERE_PAMIDRONATE,
    SEVERE_UNTREATED,
)
from brittlestar.evidence.leaflet.limits import limit
from brittlestar.evidence.leaflet.margin import all_of, close, less, more
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.leaflet.published import counted, of_count
from brittlestar.evidence.simulated_groups import Group, SimulatedGroups
from brittlestar.evidence.studies.look_up import cite, result
from brittlestar.outcomes import metaphysis
from brittlestar.outcomes.height import faster_range


def measure_height(groups: SimulatedGroups) -> Measured:
    """Height with and without treatment, cm, and the spacing of dense lines over growth."""
    on, none = groups[SEVERE_PAMIDRONATE], groups[SEVERE_UNTREATED]
    year, four = (Number.of_mean(difference(on, none, "height_cm", t)) for t in (1.0, 4.0))
    doses, p = on.after.doses, on.after.parameters.metaphysis
    opens = on.mine(doses.person) & doses.opens
    spaced = np.bincount(doses.person[opens] - on.place.start, doses.line_mm[opens], minlength=len(on.cohort))
    grown = 10.0 * p.growth_share * none.change("height_cm", 4.0)
    return Measured(
        year=year,
        four=four,
        open=float((on.after.height_told(faster_range()[1]) - on.after.height_told())[on.place].mean()),
        year_apart=abs(float(year)),
        four_apart=abs(float(four)),
        newborns=Number.of_mean(
            difference(groups[NERIDRONATE_FROM_BIRTH], groups[NEWBORN_UNTREATED], "height_cm", 0.5)
        ),
        bands=Number(spaced.sum() / grown.sum()),
        randomised=result("letocha2005", "no_effect").text,
    )


def judge_height(m: Measured) -> Judged:
    """ "No difference" is less than half a centimetre."""
    return Judged(
        statement=dict(year=less(m.year_apart, 0.5), four=less(m.four_apart, 0.5)),
        evidence=dict(
            randomised=less(m.year_apart, limit("S16.randomised")),
            bands=close(m.bands, 1.0, limit("S16.bands")),
            newborns=m.newborns.above(0.0),
        ),
    )


TODDLERS = Group(2.0, SEVERE, n=40)
GROWN = TODDLERS.under(f"{PAMIDRONATE} for 14 years", 18.0)
GROWN_NONE = TODDLERS.untreated(18.0)


def measure_adults(groups: SimulatedGroups) -> Measured:
    """At 20 years after treatment from 2 to 16: height in cm, height of vertebrae lost in %."""
    on, none = groups[GROWN], groups[GROWN_NONE]
    adult = Number.of_mean(difference(on, none, "height_cm", 18.0))
    loss = {
        name: 100 * one.after.spine.vertebral_loss[:, one.place]
        for name, one in (("treated", on), ("untreated", none))
    }
    return Measured(
        adult=adult,
        apart=abs(float(adult)),
        lost={name: values[-1].mean() for name, values in loss.items()},
        kept=Number.of_mean(loss["treated"][-1] - loss["untreated"][-1]),
        chart=lines(on.years, loss),
    )


def judge_adults(m: Measured) -> Judged:
    """ "No difference" is less than a centimetre."""
    return Judged(
        statement=dict(no_difference=less(m.apart, 1.0)),
        evidence=dict(not_impaired=more(m.adult, -limit("S23.not_impaired")), vertebrae=m.kept.below(0.0)),
    )


STOPPED = SEVERE_CHILDREN.under(f"{PAMIDRONATE} for 2 years")


def mean_at(values: np.ndarray, years: np.ndarray, at: float) -> float:
    """Mean over people at a time."""
    return float(np.interp(at, years, values.mean(axis=1)))


def measure_ends(groups: SimulatedGroups) -> Measured:
    """Width of the metaphyses over untreated, and what moves when they widen far more."""
    on, grown, after = groups[SEVERE_PAMIDRONATE], groups[GROWN], groups[SEVERE_PAMIDRONATE].after
    width = {
        name: after.metaphysis_width[:, groups[group].place]
        for name, group in (("on", SEVERE_PAMIDRONATE), ("stopped", STOPPED), ("none", SEVERE_UNTREATED))
    }
    late = grown.after.metaphysis_width[:, grown.place]
    s, p = after.setting, after.parameters
    wider = p._replace(metaphysis=p.metaphysis._replace(untrimmed=np.asarray(0.8)))
    far = aftermath(s.cohort, s.course, s.plans, s.plan_index, seed=s.seed, parameters=wider)
    return Measured(
        wider=100 * (width["on"][-1].mean() - 1.0),
        wider_stopped=100 * (width["stopped"][-1].mean() - 1),
        wide=Number.of_mean(
            100.0 * metaphysis.is_wide(after.metaphysis_measured()[on.place], p.metaphysis),
            **of_count(*counted("metaphysis", "undertubulation"), cite("metaphysis")),
        ),
        back=Number.of_mean(width["stopped"][-1] - width["on"][-1]),
        narrower_after_stop=width["stopped"][-1].mean() < mean_at(width["stopped"], on.years, 2.0),
        narrower_when_grown=mean_at(late, grown.years, 18.0) < mean_at(late, grown.years, 14.0),
        moved={a["id"] for a, b in zip(out_of_100.rows(after), out_of_100.rows(far)) if a != b},
        lines_in_all=bool(np.all(after.dense_lines[on.place] > 0)),
        chart=lines(on.years, width),
    )


def judge_ends(m: Measured) -> Judged:
    """By a twentieth on average is "wider"; with far more nothing else moves."""
    return Judged(
        statement=dict(wider=more(m.wider, 5.0), nothing_else=m.moved == {"wide_metaphyses"}),
        evidence=dict(
            wide=m.wide.inside,
            back=all_of([m.back.below(0.0), m.narrower_after_stop]),
            back_when_grown=m.narrower_when_grown,
            dense_lines=m.lines_in_all,
        ),
    )


CHECKS = (
    StatementCheck(
        "S16",
        (SEVERE_UNTREATED, SEVERE_PAMIDRONATE, NERIDRONATE_FROM_BIRTH, NEWBORN_UNTREATED),
        measure_height,
        judge_height,
    ),
    StatementCheck("S23", (GROWN, GROWN_NONE), measure_adults, judge_adults),
    StatementCheck("S34", (SEVERE_PAMIDRONATE, STOPPED, SEVERE_UNTREATED, GROWN), measure_ends, judge_ends),
)
