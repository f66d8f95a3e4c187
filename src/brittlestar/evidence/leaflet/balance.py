"""Checks of the balance of bone, in health and in osteogenesis imperfecta without treatment."""

import numpy as np

from brittlestar._shared.parameter_files import load
from brittlestar.evidence.leaflet.bone_and_drugs import PLACEBO, TYPES
from brittlestar.evidence.leaflet.charts import lines
from brittlestar.evidence.leaflet.published import near
from brittlestar.evidence.leaflet.registry import check
from brittlestar.evidence.leaflet.verdict import Claim, Finding, Number
from brittlestar.evidence.simulated_groups import Group, GroupUnderPlan, SimulatedGroups
from brittlestar.evidence.studies.look_up import cite, result

LIFE = GroupUnderPlan(Group(0.0, "healthy", n=200), years=80.0)


@check("S04", LIFE)
def balance_in_health(w: SimulatedGroups) -> Finding:
    """Healthy people from birth to 80 years.

    Limits: formation over resorption within 5 % in children and 2 % in adults. Evidence: the mean Z-score
    stays within 0.5 SD of the reference, a quarter of its range of normal; biopsies of healthy children
    within 1 SD of persons, and women's density at 75 years over that at 26 within 0.03.
    """
    run = w[LIFE]
    z = run["ls_z"].mean(axis=1)
    ages = {
        "infants (0 to 2 years)": (0.0, 2.0),
        "children (2 to 20 years)": (2.0, 20.0),
        "adults (20 to 80 years)": (20.0, 79.9),
    }
    worst = {}
    for who, (low, high) in ages.items():
        inside = z[(run.years >= low) & (run.years <= high)]
        worst[who] = float(inside[np.argmax(np.abs(inside))])
    ratio = {
        who: Number.of_mean(
            f"formation over resorption, {who}",
            run.mean_over("formation", high, low) / run.mean_over("resorption", high, low),
        )
        for who, (low, high) in ages.items()
    }
    biopsies = [
        Number.of_people(
            f"healthy, 12 years: {label}",
            run.at(name, 12.4),
            unit,
            **_one_sd(name),
        )
        for name, label, unit in (
            ("bone_volume_fraction", "bone volume fraction", ""),
            ("tb_th_um", "trabecular thickness", "um"),
            ("tb_n", "trabecular number", "1/mm"),
            ("ct_wi_mm", "cortical width", "mm"),
            ("bfr_bs_um_per_year", "bone formation rate", "um/y"),
        )
    ]
    density = load("brittlestar.people", "density.toml")
    seen = density["adult_ratio"].value["female"][density["adult_age"].value.index(75.5)]
    women = run.cohort.sex == 1
    old = Number.of_mean(
        "women: spine density at 75 over that at 26 years",
        (run.at("ls_abmd", 75.5) / run.at("ls_abmd", 26.0))[women],
        published=seen,
        source=f"NHANES, {density['adult_ratio'].source}",
    )
    turnover = run.at("resorption", 8.0).mean() / run.at("resorption", 40.0).mean()
    return Finding(
        summary=f"Healthy people remove and form bone all their lives, at 8 years {turnover:.1f} times as "
        "fast as at 40. Their density stays with the healthy reference: the mean Z-score is at most "
        f"{worst['children (2 to 20 years)']:+.2f} away in childhood and "
        f"{worst['adults (20 to 80 years)']:+.2f} in adults; in infants it dips to "
        f"{worst['infants (0 to 2 years)']:+.2f}.",
        statement=[
            Claim(
                "bone is removed and formed at every age",
                min(run["resorption"].min(), run["formation"].min()) > 0,
            ),
            Claim(
                "children: formation within 5 % of resorption",
                abs((ratio["children (2 to 20 years)"].value or 0.0) - 1.0) < 0.05,
            ),
            Claim(
                "adults: formation within 2 % of resorption",
                abs((ratio["adults (20 to 80 years)"].value or 0.0) - 1.0) < 0.02,
            ),
        ],
        evidence=[
            *(
                Claim(f"{who}: mean Z-score within 0.5 of the healthy reference", abs(z) < 0.5)
                for who, z in worst.items()
            ),
            *(Claim(f"{n.label} within 1 SD of published biopsies", n.inside) for n in biopsies),
            Claim("women lose density with age as measured", abs((old.value or 0.0) - seen) < 0.03),
        ],
        numbers=[
            *(
                Number(f"mean Z-score furthest from the reference, {who}", value, "SD")
                for who, value in worst.items()
            ),
            Number.of_mean("mean Z-score at birth: the chance of who was drawn", run.at("ls_z", 0.0), "SD"),
            *ratio.values(),
            *biopsies,
            old,
        ],
        sources=[cite("glorieux2000_healthy"), density["adult_ratio"].source, density["level"].source],
        notes=[
            "The healthy reference by age and sex is given to the model, loss after the menopause included; "
            "what is shown is that its cells neither gain nor lose against it.",
            "Newborns start in balance at the reference; while growth is fastest simulated bone lags behind.",
            "Cells remove and form equally fast in children while bone is gained by growth, which the fluxes "
            "of remodelling do not contain.",
        ],
        chart=lines(
            "Healthy people: resorption and formation over life",
            "age, years",
            "healthy adult = 1",
            run.years,
            {"resorption": run["resorption"], "formation": run["formation"]},
        ),
    )


def _one_sd(name: str) -> dict[str, object]:
    seen = result("glorieux2000_healthy", name)
    value, sd = seen.value or 0.0, seen.sd or 0.0
    return {
        "published": value,
        "published_low": value - sd,
        "published_high": value + sd,
        "source": cite("glorieux2000_healthy"),
    }


FROM_BIRTH = {kind: GroupUnderPlan(Group(0.0, kind, n=20), years=18.0) for kind in ("healthy", *TYPES)}
AT_ENTRY = {kind: GroupUnderPlan(Group((2.0, 17.0), kind, n=50)) for kind in TYPES}


@check("S05", *FROM_BIRTH.values(), *AT_ENTRY.values(), PLACEBO)
def loses_in_oi(w: SimulatedGroups) -> Finding:
    """Untreated from birth to 18 years, by density relative to healthy people of the same age and sex.

    Not by Z-score: the spread of the reference widens around puberty, so Z rises and falls with nothing lost
    or gained. Limits from the statement: below the reference means a Z-score under -2; loss means that the
    ratio falls by more than that of healthy people, with its interval. Taken by the word, more bone is
    resorbed than formed over childhood.
    """
    ratio = {kind: w[arm]["ls_ratio"] for kind, arm in FROM_BIRTH.items()}
    kept = {
        kind: w[arm].at("ls_ratio", 18.0) / w[arm].at("ls_ratio", 0.0) for kind, arm in FROM_BIRTH.items()
    }
    lost_more = {
        kind: Number.of_mean(
            f"type {kind}: density relative to healthy, birth to 18 years, beyond healthy people",
            100.0 * (kept[kind] - kept["healthy"].mean()),
            "%",
        )
        for kind in TYPES
    }
    removed = {
        kind: Number.of_mean(
            f"type {kind}: resorbed over formed, birth to 18 years",
            w[FROM_BIRTH[kind]].mean_over("resorption", 18.0)
            / w[FROM_BIRTH[kind]].mean_over("formation", 18.0),
        )
        for kind in TYPES
    }
    z = {kind: w[AT_ENTRY[kind]].at("ls_z", 0.0) for kind in TYPES}
    severe = np.concatenate([z["IV"], z["III"]])
    z_mild = Number.of_mean("Z-score untreated, type I", z["I"], "SD", **near("genotype-I-z"))
    z_severe = Number.of_mean(
        "Z-score untreated, types III and IV", severe, "SD", **near("genotype-severe-z")
    )
    bfr = Number.of_mean(
        "type I, 7.6 years: bone formation rate",
        w[FROM_BIRTH["I"]].at("bfr_bs_um_per_year", 7.6),
        "um/y",
        **near("biopsy-I-bfr"),
    )
    infants = Number.of_mean(
        "type III: Z-score over the first year", w[FROM_BIRTH["III"]].change("ls_z", 1.0), "SD"
    )
    placebo = Number.of_mean(
        "mostly type I, 4 to 15 years, untreated: density in a year",
        w[PLACEBO].change("ls_abmd", 1.0, percent=True),
        "%",
        **near("poise-placebo-pct"),
    )
    loss = ", ".join(f"{lost_more[kind].value:+.0f} % in type {kind}" for kind in TYPES)
    return Finding(
        summary="Untreated children with osteogenesis imperfecta start with less bone than others and have "
        f"lost further against them by 18 years ({loss}), mostly in the first years. They do not lose bone "
        f"outright: density still rises, by {placebo.value:.1f} % a year in mild disease, and removed bone "
        f"is {100 * (removed['III'].value or 0.0):.0f} % of formed bone in the severest type.",
        statement=[
            *(
                Claim(f"type {kind} starts with a Z-score under -2", w[arm].at("ls_z", 0.0).mean() < -2.0)
                for kind, arm in FROM_BIRTH.items()
                if kind in TYPES
            ),
            *(
                Claim(
                    f"type {kind} loses against the reference by 18 years", (lost_more[kind].high or 0.0) < 0
                )
                for kind in TYPES
            ),
            Claim("by the word: more removed than formed", all((n.low or 0.0) > 1 for n in removed.values())),
        ],
        evidence=[
            Claim("Z-score of untreated children, type I, as published", z_mild.inside),
            Claim("Z-score of untreated children, types III and IV, as published", z_severe.inside),
            Claim("turnover in biopsies of type I as published", bfr.inside),
            Claim("Z-score of severely affected infants worsens in a year", (infants.high or 0.0) < 0),
            Claim("density of untreated children of 4 to 15 years rises as published", placebo.inside),
        ],
        numbers=[*lost_more.values(), *removed.values(), z_mild, z_severe, bfr, infants, placebo],
        sources=[cite(s) for s in ("rauch2010_untreated", "rauch2000_type_I", "plotkin2000", "poise2013")],
        wording_contradicted=True,
        notes=[
            "Type V has no parameters of its own in the model.",
            "The word for word reading is not what untreated children of trials show: in a year on placebo "
            "density rose. It falls behind because growth outruns it.",
            "Published Z-scores are adjusted for height, the simulated ones are not.",
        ],
        chart=lines(
            "Spine density of untreated children, relative to healthy",
            "age, years",
            "healthy = 1",
            w[FROM_BIRTH["I"]].years,
            {("healthy" if kind == "healthy" else f"type {kind}"): ratio[kind] for kind in FROM_BIRTH},
        ),
    )
