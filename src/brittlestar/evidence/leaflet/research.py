"""Checks of what is to come: new treatments, trials in a rare disease, what every output says of itself."""

import re
from typing import Any

import numpy as np

from brittlestar import statistics
from brittlestar._shared.chance import uniform
from brittlestar._shared.manifest import manifest
from brittlestar.engine import fingerprint
from brittlestar.evidence.leaflet.charts import dots, lines
from brittlestar.evidence.leaflet.groups import (
    ADULT_NONE,
    AT_8,
    CLINICAL,
    POISE_MANY,
    POISE_MANY_TREATED,
    Z_RULE,
    wilson,
)
from brittlestar.evidence.leaflet.published import published
from brittlestar.evidence.leaflet.registry import check
from brittlestar.evidence.leaflet.uncertainty import chance_to_see
from brittlestar.evidence.leaflet.verdict import Claim, Finding, Number
from brittlestar.evidence.simulated_groups import FollowedGroup, Group, GroupUnderPlan, SimulatedGroups
from brittlestar.evidence.studies.look_up import cite, result
from brittlestar.evidence.studies.study import studies
from brittlestar.outcomes.fracture import SITES

DENOSUMAB = AT_8["IV"].under("denosumab 1 mg/kg every 3 months for 2 years, max 60 mg")
TERIPARATIDE = ADULT_NONE.under("teriparatide 20 ug/day for 2 years")
ORBIT = GroupUnderPlan(Group((5.0, 25.0), (("I", 60.0), ("IV", 25.0), ("III", 15.0)), n=200))
SETRUSUMAB = ORBIT.under("setrusumab 20 mg/kg every 1 month for 2 years")


@check("S42", AT_8["IV"], DENOSUMAB, ADULT_NONE, TERIPARATIDE, ORBIT, SETRUSUMAB)
def new_treatments(w: SimulatedGroups) -> Finding:
    """Denosumab with its rebound, teriparatide, and an antibody to sclerostin as a negative control.

    Set beforehand: density is up if the 95 % interval of the mean gain beyond untreated in the first year is
    above 0; "to be studied" means that a trial of 159 people over 2 years (level 0.04) shows the antibody's
    effect on fractures with less than 80 % chance. Evidence: Z under denosumab at 12 months within a factor
    of 1.5 (no spread was found); resorption at least a fifth above untreated after it is stopped, as severe
    hypercalcaemia in children suggests; the antibody's trial is missed more often than not.
    """
    deno, none = w[DENOSUMAB], w[AT_8["IV"]]
    gains = {
        name: w[arm].change("ls_abmd", 1.0, percent=True) - w[other].change("ls_abmd", 1.0, percent=True)
        for name, arm, other in (
            ("denosumab, children with type IV", DENOSUMAB, AT_8["IV"]),
            ("teriparatide, adults with type I", TERIPARATIDE, ADULT_NONE),
            ("setrusumab, 5 to 25 years", SETRUSUMAB, ORBIT),
        )
    }
    means = {
        name: Number.of_mean(f"gain in a year beyond untreated, {name}", v, "%") for name, v in gains.items()
    }
    z_year = deno.change("ls_z", 1.0)
    ctx = deno["ctx"].mean(axis=1) / none["ctx"].mean(axis=1)
    later = deno.years >= 2.0
    rebound = float(ctx[later].max())
    lost = deno.change("ls_z", 3.5, 2.0) - none.change("ls_z", 3.5, 2.0)
    fractures = [w[arm].expected_fractures(2.0, sites=CLINICAL) for arm in (SETRUSUMAB, ORBIT)]
    ratio = float(fractures[0].sum() / fractures[1].sum())
    power = chance_to_see(w[ORBIT].fractures(2.0, sites=CLINICAL), ratio, 53, 106, 2.0, level=0.04)
    told = published("denosumab_oi", "ls_z_change", months=12)
    return Finding(
        summary=f"All three raise density in the model. After denosumab is stopped resorption overshoots to "
        f"{rebound:.1f} times that without treatment. The antibody to sclerostin lowers clinical "
        f"fractures to {ratio:.2f} of untreated, which a trial of 159 people shows with {100 * power:.0f} "
        "% chance; the real one, reported in 2025, found more density and no clear effect on fractures.",
        statement=[
            Claim("each raises density in the first year", all((n.low or 0.0) > 0 for n in means.values())),
            Claim("the antibody's effect on fractures is not reliably shown by a trial of 159", power < 0.8),
        ],
        evidence=[
            Claim(
                "denosumab: gain of Z at 12 months within a factor of 1.5",
                told["published"] / 1.5 <= z_year.mean() <= 1.5 * told["published"],
            ),
            Claim("denosumab: resorption overshoots by a fifth after the stop", rebound >= 1.2),
            Claim("antibody: density up in 2 years", _gain_at_2(w) > 0),
            Claim(
                "antibody: a trial of that size misses the fracture effect more often than not", power < 0.5
            ),
        ],
        numbers=[
            *means.values(),
            Number.of_mean("denosumab: change of Z in a year", z_year, "SD", **told),
            Number("denosumab: highest CTX after the stop over untreated", rebound, "ratio"),
            Number.of_mean("denosumab: Z lost in 18 months after the stop, beyond untreated", lost, "SD"),
            Number("setrusumab: clinical fractures over untreated, 2 years", ratio, "ratio"),
            Number("setrusumab: power of a trial of 159, level 0.04", 100 * power, "%"),
        ],
        sources=[cite("denosumab_oi"), cite("setrusumab_p3"), cite("topaz")],
        notes=[
            "Evidence since the leaflet: a trial of denosumab in children was stopped in 2021 after "
            "severe hypercalcaemia in 8; phase 3 of setrusumab (December 2025) missed its fracture "
            "endpoint. No results of the trial of teriparatide were found.",
            "The antibody to sclerostin is described with numbers from adults without OI, most of them "
            "assumed.",
        ],
        chart=lines(
            "Resorption during and after two years of denosumab (type IV, from 8 years)",
            "years",
            "CTX over untreated",
            deno.years,
            {"denosumab": ctx},
        ),
    )


def _gain_at_2(w: SimulatedGroups) -> float:
    """Lower 95 % limit of the antibody's gain of density in 2 years beyond untreated, %."""
    one, other = (w[arm].change("ls_abmd", 2.0, percent=True) for arm in (SETRUSUMAB, ORBIT))
    return Number.of_mean("", one - other).low or 0.0


TRIALS = 200
SIZES = ((50, 1.0), (143, 1.0), (143, 2.0), (300, 2.0))


@check("S45", POISE_MANY, POISE_MANY_TREATED)
def take_part(w: SimulatedGroups) -> Finding:
    """Power of trials of tablets for recurrent fractures, by drawing trials from simulated people.

    Set beforehand: 143 children for a year (as in POISE) are too few if the chance is below 80 %; more
    people and time must add 10 points at least. Evidence: of five placebo-controlled trials of tablets two
    showed fewer fractures; the simulated chance at the size of POISE must lie within the Wilson limits of 2
    in 5.
    """
    people = [w[POISE_MANY], w[POISE_MANY_TREATED]]
    power = {size: _power(people, *size, seed=w.seed) for size in SIZES}
    first = _power(people, 143, 1.0, seed=w.seed, first=True)
    false = _power([people[0], people[0]], 143, 1.0, seed=w.seed)
    low, high = wilson(2 / 5, 5)
    here = power[143, 1.0]
    rate = people[0].fractures(1.0, sites=CLINICAL).mean()
    return Finding(
        summary=f"OI is rare, so trials are small. A trial of tablets in 143 children for a year would "
        f"find its effect on fractures with {100 * here:.0f} % chance, 300 children for two years with "
        f"{100 * power[300, 2.0]:.0f} %. Everyone who takes part moves that number.",
        statement=[
            Claim("143 children for a year: less than 80 % chance", here < 0.8),
            Claim("300 for two years: at least 10 points more", power[300, 2.0] - here >= 0.1),
        ],
        evidence=[
            Claim("chance at the size of POISE within the limits of 2 in 5 trials", low <= here <= high),
        ],
        numbers=[
            *(
                Number(
                    f"power, {n} children, {years:g} y, all fractures counted",
                    100 * p,
                    "%",
                    100 * wilson(p, TRIALS)[0],
                    100 * wilson(p, TRIALS)[1],
                    f"95 % by {TRIALS} trials",
                )
                for (n, years), p in power.items()
            ),
            Number("power, 143 children, 1 y, first fracture only", 100 * first, "%"),
            Number(
                "false alarms in favour of tablets, 143 children, no treatment in either arm",
                100 * false,
                "%",
            ),
            Number("clinical fractures without treatment", float(rate), "per child and year"),
            Number(
                "trials of tablets that showed fewer fractures",
                100 * here,
                "%",
                published=40.0,
                published_low=100 * low,
                published_high=100 * high,
                source=cite("cochrane2016"),
            ),
        ],
        sources=[cite("cochrane2016"), cite("poise2013"), cite("topaz")],
        notes=[
            "Children of 4 to 15 years as in POISE, two treated for one untreated, nobody leaves, no "
            "entry rule; negative binomial test at the 5 % level. A trial without a fracture in one arm "
            "shows nothing.",
            "brittlestar power draws trials from any protocol, with entry rules and dropout.",
        ],
        chart=dots(
            "Chance that a trial of tablets shows fewer fractures",
            "%, 95 % by number of trials drawn",
            {
                f"{n} children, {years:g} y": (100 * p, *(100 * x for x in wilson(p, TRIALS)))
                for (n, years), p in power.items()
            },
        ),
    )


def _first_fracture(run: FollowedGroup, years: float) -> np.ndarray:
    """Time of the first clinical fracture, infinite if none [person]."""
    c = run.course
    counted = np.isin(c.fracture_site, [SITES.index(site) for site in CLINICAL]) & run.mine(c.fracture_person)
    first = np.full(len(run.cohort), np.inf)
    np.minimum.at(first, c.fracture_person[counted] - run.place.start, c.fracture_years[counted])
    return np.where(first <= years, first, np.inf)


def _power(people: list[FollowedGroup], size: int, years: float, *, seed: int, first: bool = False) -> float:
    """Share of drawn trials, two treated for one control, in which p < 0.05 in favour of the treated."""
    n = len(people[0].cohort)
    order = uniform(seed, np.arange(n)[None, :], f"leaflet trial {size}", np.arange(TRIALS)[:, None])
    chosen = order.argsort(axis=1)[:, :size]
    arm = np.broadcast_to((np.arange(size) % 3 != 0).astype(float), chosen.shape)

    def assigned(control: np.ndarray, treated: np.ndarray) -> np.ndarray:
        return np.where(arm == 1, treated[chosen], control[chosen]).astype(float)

    if first:
        time = assigned(*(_first_fracture(run, years) for run in people))
        fit = statistics.cox(np.minimum(time, years), np.isfinite(time).astype(float), arm)
    else:
        count = assigned(*(np.rint(run.fractures(years, sites=CLINICAL)) for run in people))
        fit = statistics.negative_binomial(count, np.full(size, years), arm).rate_ratio
    return float(np.mean((fit.p_value < 0.05) & (fit.value < 1.0)))


@check("S46")
def says_what_it_is(w: SimulatedGroups) -> Finding:
    """Outputs are made and read: use, date, version; and which evidence came after the leaflet.

    Set beforehand: a comparison, a trial and this check itself must each say its version, its day, its seed,
    the hash of its parameters and that it is not for decisions about a person. "Correct at its date" is held
    against evidence after January 2015: if a later study contradicts a statement, the date matters.
    """
    from brittlestar.evidence.leaflet.run import CONTEXT, Leaflet

    own = manifest(seed=w.seed, parameters=fingerprint(w.parameters), inputs={}, context_of_use=CONTEXT)
    outputs: dict[str, dict[str, Any]] = {
        "comparison": w.compare(Z_RULE, 4.0, age=8.0, sex="female", oi_type="IV").summary(),
        "trial": w.trial("poise").to_dict(),
        "leaflet": Leaflet({}, own).to_dict(),
    }
    since = sorted(name for name, one in studies().items() if _year(one.cite) > 2015)
    spine = result("robinson2019_stop", "ls_abmd_pct")
    return Finding(
        summary=f"Every output says that it is simulated, what it is for, and when and with which version "
        f"it was made. The leaflet is of January 2015; of {len(studies())} studies held here {len(since)} "
        "are later, and they change some answers (stopping when grown, new treatments).",
        statement=[
            *(
                Claim(f"{name}: says use, day, version, seed and parameters", _complete(content["manifest"]))
                for name, content in outputs.items()
            ),
            Claim(
                "leaflet: says the date at which its statements were correct",
                outputs["leaflet"]["leaflet"]["date"] == "31 January 2015",
            ),
        ],
        evidence=[
            Claim("later studies are held and marked by their year", len(since) > 0),
            Claim(
                "one of them contradicts a statement (the grown spine after stopping)",
                (spine.value or 0.0) > 0,
            ),
        ],
        numbers=[
            Number("studies held", len(studies())),
            Number("of them after 2015", len(since)),
        ],
        sources=[cite("robinson2019_stop"), cite("setrusumab_p3")],
        notes=["Evidence of 2016 and later: " + "; ".join(studies()[name].cite for name in since) + "."],
    )


def _year(cite: str) -> int:
    return max((int(year) for year in re.findall(r"\b(19\d\d|20[0-3]\d)\b", cite)), default=0)


def _complete(said: dict[str, Any]) -> bool:
    told = all(said.get(name) for name in ("version", "created", "parameters_sha256", "note"))
    return told and "seed" in said and "not for decisions" in said["context_of_use"]
