"""What is to come: new treatments, trials in a rare disease, and what every output says of itself."""

import re
from typing import Any

import numpy as np

from brittlestar import statistics
from brittlestar._shared.chance import uniform
from brittlestar._shared.manifest import manifest
from brittlestar.engine import identity
from brittlestar.evidence.leaflet.charts import dots, lines
from brittlestar.evidence.leaflet.check import Judged, Measured, StatementCheck
from brittlestar.evidence.leaflet.effects import change_beyond, fracture_ratio
from brittlestar.evidence.leaflet.groups import (
    ADULT_UNTREATED,
    BY_TYPE,
    CLINICAL,
    POISE_MANY,
    POISE_MANY_TREATED,
    Z_RULE,
)
from brittlestar.evidence.leaflet.margin import all_of, less, more
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.leaflet.published import as_published, published, value_of, wilson
from brittlestar.evidence.leaflet.result import CONTEXT, Leaflet
from brittlestar.evidence.leaflet.uncertainty import chance_to_see
from brittlestar.evidence.simulated_groups import FollowedGroup, Group, SimulatedGroups
from brittlestar.evidence.studies.look_up import cite
from brittlestar.evidence.studies.study import studies
from brittlestar.outcomes.fracture import SITES

CHILDREN = BY_TYPE["IV"]
DENOSUMAB = CHILDREN.under("denosumab 1 mg/kg every 3 months for 2 years, max 60 mg")
TERIPARATIDE = ADULT_UNTREATED.under("teriparatide 20 ug/day for 2 years")
ORBIT = Group((5.0, 25.0), (("I", 60.0), ("IV", 25.0), ("III", 15.0)), n=200).untreated()
SETRUSUMAB = ORBIT.under("setrusumab 20 mg/kg every 1 month for 2 years")
NEW = {
    "denosumab": (DENOSUMAB, CHILDREN),
    "teriparatide": (TERIPARATIDE, ADULT_UNTREATED),
    "setrusumab": (SETRUSUMAB, ORBIT),
}
"""Treated and untreated."""


DENOSUMAB_TRIAL = 153
"""People in the trial of denosumab, all arms together."""


def measure_new(groups: SimulatedGroups) -> Measured:
    """Denosumab with its rebound, teriparatide, and an antibody to sclerostin as a negative control.

    Density gained in %, Z-scores in SD, a marker and fractures over untreated.
    """
    denosumab, none = groups[DENOSUMAB], groups[CHILDREN]
    antibody, orbit = groups[SETRUSUMAB], groups[ORBIT]
    marker = denosumab["ctx"].mean(axis=1) / none["ctx"].mean(axis=1)
    ratio = fracture_ratio(antibody, orbit, 2.0, sites=CLINICAL)
    seen = orbit.fractures(2.0, sites=CLINICAL)
    return Measured(
        gain={
            name: Number.of_mean(
                change_beyond(groups[treated], groups[untreated], "ls_abmd", 1.0, percent=True)
            )
            for name, (treated, untreated) in NEW.items()
        },
        z=Number.of_group(
            denosumab.change("ls_z", 1.0),
            DENOSUMAB_TRIAL,
            **published("denosumab_oi", "ls_z_change", months=12),
        ),
        rebound=float(marker[denosumab.years >= 2.0].max()),
        z_lost=Number.of_mean(change_beyond(denosumab, none, "ls_z", 3.5, 2.0)),
        antibody_gain=Number.of_mean(change_beyond(antibody, orbit, "ls_abmd", 2.0, percent=True)),
        ratio=ratio,
        power=100 * chance_to_see(seen, ratio, 53, 106, 2.0, level=0.04),
        chart=lines(denosumab.years, {"marker": marker}),
    )


def judge_new(m: Measured) -> Judged:
    """Density is up if the 95 % interval of the mean gain beyond untreated in the first year is above 0.

    "To be studied" means that a trial of 159 people over 2 years (level 0.04) shows the antibody's effect on
    fractures with less than 80 % chance. Evidence: Z under denosumab at 12 months where groups of the trial's
    size fall; resorption above untreated after it is stopped, as severe hypercalcaemia in children suggests;
    the antibody's trial is missed more often than not.
    """
    return Judged(
        statement=dict(
            each_raises=all_of(gain.above(0) for gain in m.gain.values()), to_be_studied=less(m.power, 80)
        ),
        evidence=dict(
            z=m.z.covers,
            rebound=more(m.rebound, 1),
            antibody_gain=m.antibody_gain.above(0),
            antibody_trial=less(m.power, 50),
        ),
    )


TRIALS = 200
SIZES = ((50, 1.0), (143, 1.0), (143, 2.0), (300, 2.0))
"""Children and years."""


def first_fracture(group: FollowedGroup, years: float) -> np.ndarray:
    """Time of the first clinical fracture, infinite if none [person]."""
    c = group.course
    counted = np.isin(c.fracture_site, [SITES.index(site) for site in CLINICAL]) & group.mine(
        c.fracture_person
    )
    first = np.full(len(group.cohort), np.inf)
    np.minimum.at(first, c.fracture_person[counted] - group.place.start, c.fracture_years[counted])
    return np.where(first <= years, first, np.inf)


def power_of(
    control: FollowedGroup, treated: FollowedGroup, size: int, years: float, *, seed: int, first: bool = False
) -> float:
    """Share of drawn trials, two treated for one control, in which p < 0.05 in favour of the treated."""
    n = len(control.cohort)
    order = uniform(seed, np.arange(n)[None, :], f"leaflet trial {size}", np.arange(TRIALS)[:, None])
    chosen = order.argsort(axis=1)[:, :size]
    arm = np.broadcast_to((np.arange(size) % 3 != 0).astype(float), chosen.shape)

    def assigned(off: np.ndarray, on: np.ndarray) -> np.ndarray:
        return np.where(arm == 1, on[chosen], off[chosen]).astype(float)

    if first:
        time = assigned(*(first_fracture(group, years) for group in (control, treated)))
        fit = statistics.cox(np.minimum(time, years), np.isfinite(time).astype(float), arm)
    else:
        count = assigned(*(np.rint(group.fractures(years, sites=CLINICAL)) for group in (control, treated)))
        fit = statistics.negative_binomial(count, np.full(size, years), arm).rate_ratio
    return float(np.mean((fit.p_value < 0.05) & (fit.value < 1.0)))


def measure_power(groups: SimulatedGroups) -> Measured:
    """Power (%) of trials of tablets for recurrent fractures, by drawing trials from simulated people."""
    none, treated = groups[POISE_MANY], groups[POISE_MANY_TREATED]
    power = {}
    for size in SIZES:
        share = power_of(none, treated, *size, seed=groups.seed)
        low, high = wilson(share, TRIALS)
        power[size] = Number(100 * share, 100 * low, 100 * high, f"95 % by {TRIALS} trials")
    low, high = wilson(2 / 5, 5)
    seen = value_of("hald2015", "RR_fracture_rate")
    at_pooled = 100 * chance_to_see(none.fractures(1.0, sites=CLINICAL), seen, 49, 94, 1.0)
    ratio = fracture_ratio(treated, none, 1.0, sites=CLINICAL)
    return Measured(
        power=power,
        ratio=ratio,
        seen=seen,
        at_pooled=at_pooled,
        why="how large the effect is"
        if 100 * low <= at_pooled <= 100 * high
        else "how often fractures happen and how much people differ in them",
        first=100 * power_of(none, treated, 143, 1.0, seed=groups.seed, first=True),
        false_alarms=100 * power_of(none, none, 143, 1.0, seed=groups.seed),
        rate=float(none.fractures(1.0, sites=CLINICAL).mean()),
        showed=Number(
            power[143, 1.0].value, **as_published(40.0, 100 * low, 100 * high, cite("cochrane2016"))
        ),
        here=power[143, 1.0],
        more=power[300, 2.0],
        chart=dots(power),
    )


def judge_power(m: Measured) -> Judged:
    """143 children for a year (as in POISE) are too few if the chance is below 80 %; more must add 10 points
    at least.

    Evidence: of five placebo-controlled trials of tablets two showed fewer fractures; the simulated chance at
    the size of POISE must lie within the Wilson limits of 2 in 5.
    """
    return Judged(
        statement=dict(too_few=less(m.here, 80), more_helps=more(float(m.more) - float(m.here), 10)),
        evidence=dict(showed=m.showed.inside),
    )


def year_of(cite: str) -> int:
    """The latest year in a reference, 0 if there is none."""
    return max((int(year) for year in re.findall(r"\b(19\d\d|20[0-3]\d)\b", cite)), default=0)


def says_all(manifest: dict[str, Any]) -> bool:
    """Whether an output says its version, day, seed, parameters and use."""
    told = all(manifest.get(name) for name in ("version", "created", "parameters_sha256", "note"))
    return told and "seed" in manifest and "not for decisions" in manifest["context_of_use"]


def measure_outputs(groups: SimulatedGroups) -> Measured:
    """Outputs are made and read: use, date, version; and which evidence came after the leaflet."""
    own = manifest(
        seed=groups.seed, parameters=identity(groups.parameters), inputs={}, context_of_use=CONTEXT
    )
    leaflet = Leaflet({}, own).to_dict()
    comparison = groups.compare(Z_RULE, 4.0, age=8.0, sex="female", oi_type="IV").summary()
    outputs = {"comparison": comparison, "trial": groups.trial("poise").to_dict(), "leaflet": leaflet}
    held = {name: one for name, one in studies().items() if one.population.oi}
    since = sorted(name for name, one in held.items() if year_of(one.cite) > 2015)
    return Measured(
        complete={name: says_all(content["manifest"]) for name, content in outputs.items()},
        date=leaflet["leaflet"]["date"],
        held=len(held),
        since=len(since),
        since_names="; ".join(held[name].cite for name in since),
        grown_spine=value_of("robinson2019_stop", "ls_abmd_pct"),
    )


def judge_outputs(m: Measured) -> Judged:
    """Each output says its version, its day, its seed, the hash of its parameters and that it is not for
    decisions.

    "Correct at its date" is held against evidence after January 2015: if a later study contradicts a
    statement, the date matters.
    """
    return Judged(
        statement=dict(says=m.complete, date=m.date == "31 January 2015"),
        evidence=dict(later=more(m.since, 0), contradicted=more(m.grown_spine, 0)),
    )


CHECKS = (
    StatementCheck(
        "S42", (CHILDREN, DENOSUMAB, ADULT_UNTREATED, TERIPARATIDE, ORBIT, SETRUSUMAB), measure_new, judge_new
    ),
    StatementCheck("S45", (POISE_MANY, POISE_MANY_TREATED), measure_power, judge_power),
    StatementCheck("S46", (), measure_outputs, judge_outputs),
)
