"""Checks of growth, of the ends of long bones, and of pain as a benefit of its own."""

import re

import numpy as np

from brittlestar._shared.parameter_files import load
from brittlestar.aftermath.after_course import aftermath
from brittlestar.evidence.leaflet.charts import lines
from brittlestar.evidence.leaflet.cohorts import FROM_BIRTH, NEWBORN_NONE, ZOLEDRONIC
from brittlestar.evidence.leaflet.density_pain_routes import (
    CHILDREN,
    INFUSED,
    JUST_BEFORE,
    NOT_TREATED,
    PAMIDRONATE,
    PLACEBO,
    SEVERE,
    TABLETS,
    WEEK,
    levels_of_pain,
)
from brittlestar.evidence.leaflet.registry import check
from brittlestar.evidence.leaflet.side_effects import counted, of_count
from brittlestar.evidence.leaflet.verdict import Claim, Finding, Number
from brittlestar.evidence.simulated_groups import Group, GroupUnderPlan, SimulatedGroups
from brittlestar.evidence.studies.look_up import cite, result


@check("S16", NOT_TREATED, INFUSED, FROM_BIRTH, NEWBORN_NONE)
def height(w: SimulatedGroups) -> Finding:
    """Height with and without treatment; "no difference" is less than half a centimetre."""
    on, none = w[INFUSED], w[NOT_TREATED]
    year, four = (
        Number.of_mean(
            f"height after {t:g} year(s), against no treatment",
            on.at("height_cm", t) - none.at("height_cm", t),
            "cm",
        )
        for t in (1.0, 4.0)
    )
    baby = Number.of_mean(
        "length of newborns after half a year of neridronate, against none",
        w[FROM_BIRTH].at("height_cm", 0.5) - w[NEWBORN_NONE].at("height_cm", 0.5),
        "cm",
    )
    d, p = on.after.doses, on.after.parameters.metaphysis
    lines_of = on.mine(d.person) & d.opens
    spaced = np.bincount(d.person[lines_of] - on.place.start, d.line_mm[lines_of], minlength=len(on.cohort))
    grown = 10.0 * p.growth_share * none.change("height_cm", 4.0)
    bands = Number("spacing of dense lines over untreated growth", spaced.sum() / grown.sum(), "x")
    randomised = result("letocha2005", "no_effect").text
    return Finding(
        summary=f"After a year treated children are {abs(float(year)):.1f} cm from the height of the same "
        f"children without treatment, after four years {abs(float(four)):.1f} cm. In the model nothing "
        "links the drugs to growth. A small trial saw newborns grow better on neridronate from birth: the "
        "model does not show that.",
        statement=[
            Claim("neither taller nor shorter by half a centimetre after a year", abs(float(year)) < 0.5),
            Claim("neither taller nor shorter by half a centimetre after four years", abs(float(four)) < 0.5),
        ],
        evidence=[
            Claim(
                "children of 4 to 13 years: no difference after a year, as randomised (no effect on: "
                f"{randomised})",
                abs(float(year)) < 0.5,
            ),
            Claim(
                "dense lines as far apart as untreated growth would set them", abs(float(bands) - 1.0) < 0.05
            ),
            Claim("newborns: better growth in the first half-year from treatment at birth", baby.above(0.0)),
        ],
        numbers=[year, four, baby, bands],
        sources=[
            cite(name) for name in ("letocha2005", "sakkers2004", "metaphysis", "antoniazzi2006", "growth")
        ],
        notes=[
            "Antoniazzi 2006: five newborns treated from birth against five from six months and ten earlier "
            "ones. 14 children before puberty rose in height score in the first year of monthly "
            "pamidronate, without a control group (growth, 2011). Reviews see no harm to growth.",
        ],
    )


GROWING = Group(age=2.0, types=SEVERE, n=40)
GROWN = GroupUnderPlan(GROWING, f"{PAMIDRONATE} for 14 years", years=18.0)
GROWN_NONE = GroupUnderPlan(GROWING, years=18.0)


@check("S23", GROWN, GROWN_NONE)
def adult_height(w: SimulatedGroups) -> Finding:
    """Height at 20 years after treatment from 2 to 16; "no difference" is less than a centimetre."""
    on, none = w[GROWN], w[GROWN_NONE]
    adult = Number.of_mean(
        "height at 20 years, against no treatment",
        on.at("height_cm", 18.0) - none.at("height_cm", 18.0),
        "cm",
    )
    loss = [100 * run.after.spine.vertebral_loss[:, run.place] for run in (on, none)]
    kept = Number.of_mean(
        "height lost by vertebrae at 20 years, against no treatment", loss[0][-1] - loss[1][-1], "% of height"
    )
    return Finding(
        summary=f"Treated from 2 to 16 years, people are {abs(float(adult)):.1f} cm from the adult height "
        f"of the same people without treatment. Their vertebrae have lost {loss[0][-1].mean():.0f} % of "
        f"their height, without treatment {loss[1][-1].mean():.0f} %.",
        statement=[Claim("adult height differs by less than a centimetre", abs(float(adult)) < 1.0)],
        evidence=[
            Claim("growth is not impaired: no shorter by a centimetre", float(adult) > -1.0),
            Claim("vertebrae keep more of their height", kept.below(0.0)),
        ],
        numbers=[adult, kept],
        sources=[cite("growth"), cite("letocha2005")],
        notes=[
            "Height in the model is that of the type and the person; what vertebrae keep is not added to "
            "it. A review says that it may add height in moderate disease.",
        ],
        chart=lines(
            "Height lost by vertebrae",
            "years from 2 years of age",
            "% of height",
            on.years,
            {"pamidronate for 14 years": loss[0], "no treatment": loss[1]},
        ),
    )


@check("S29", NOT_TREATED, ZOLEDRONIC, INFUSED, TABLETS, PLACEBO)
def pain_apart(w: SimulatedGroups) -> Finding:
    """Relief against density: in time, and from person to person.

    Medians of reports meet published ones within a point of the scale. The published ones are those that the
    parameter of quick relief names.
    """
    on, none = w[ZOLEDRONIC], w[NOT_TREATED]
    told = load("brittlestar.outcomes", "pain_report.toml")["quick"]
    times = [0.5 - JUST_BEFORE, 0.5 + WEEK, 1.0 - JUST_BEFORE]
    reports = np.median(on.after.pain_reported(times)[:, on.place], axis=1)
    found = re.search(r"median (\d+) before, (\d+) after a week, (\d+) after six months", told.note or "")
    usual = [float(group) for group in found.groups()] if found else []
    (levels,) = levels_of_pain(times, on)
    before, week, _ = levels
    relief, gain = before - week, on.change("ls_z", 1.0, 0.5)
    early = on.change("ls_z", 0.5 + WEEK, 0.5).mean() / gain.mean()
    together = float(np.corrcoef(relief, gain)[0, 1])
    cycle = np.arange(0.5 + WEEK, 1.0, 2 * WEEK)
    mean: dict[str, np.ndarray] = dict(zip(("zoledronate", "no treatment"), levels_of_pain(cycle, on, none)))
    apart = Number.of_mean(
        "pain over half a year, against no treatment",
        mean["zoledronate"].mean(axis=0) - mean["no treatment"].mean(axis=0),
        "of 10",
    )
    trials = {
        "trial of 9 and 9 (infusions)": (INFUSED, NOT_TREATED, 9, 9),
        "trial of 109 and 30 (tablets)": (TABLETS, PLACEBO, 109, 30),
    }
    seen = {}
    for name, (a, b, n, m) in trials.items():
        pains = [level[0] for level in levels_of_pain([1.0 - JUST_BEFORE], w[a], w[b])]
        seen[name] = Number.of_group(
            f"pain after a year, {name}", pains[0], n, "of 10", against=pains[1], m=m
        )
    return Finding(
        summary=f"Pain is {relief.mean():.1f} of 10 points lower a week after an infusion, when "
        f"{100 * early:.0f} % of the half-year's gain in density is there. From person to person relief and "
        f"gain hardly go together (correlation {together:.2f}). Averaged over half a year pain is "
        f"{-float(apart):.1f} points lower than without treatment.",
        statement=[
            Claim(
                "pain over half a year is lower than without treatment",
                apart.below(0.0),
            ),
            Claim("a week after an infusion less than a fifth of the gain in density is there", early < 0.2),
            Claim(
                "relief does not follow the gain in density (correlation within 0.3 of 0)",
                abs(together) < 0.3,
            ),
        ],
        evidence=[
            *(
                Claim(
                    f"median report {when} an infusion: {at:g}, published {wanted:g}", abs(at - wanted) <= 1.0
                )
                for when, at, wanted in zip(
                    ("before", "a week after", "six months after"), reports, usual, strict=True
                )
            ),
            *(
                Claim(f"no difference after a year that a {name} sees", number.low < 0.0 < number.high)
                for name, number in seen.items()
            ),
        ],
        numbers=[apart, *seen.values()],
        sources=[told.note or "", cite("pain"), cite("letocha2005"), cite("ward2011")],
        notes=[
            "Relief was reported in series without a control group; no randomised or blinded trial has "
            "shown it. All sizes of the model's pain are assumed: that relief is a benefit of its own is a "
            "reading of these series, not a result of the model.",
        ],
        chart=lines("Pain after an infusion at half a year", "years", "pain, 0 to 10", cycle, mean),
    )


STOPPED = GroupUnderPlan(CHILDREN, f"{PAMIDRONATE} for 2 years")


@check("S34", INFUSED, STOPPED, NOT_TREATED, GROWN)
def wide_ends(w: SimulatedGroups) -> Finding:
    """Width of the metaphyses: by a twentieth on average is "wider"; with far more nothing else moves."""
    on, stopped, none = w[INFUSED], w[STOPPED], w[NOT_TREATED]
    after = on.after
    width = {
        name: after.metaphysis_width[:, run.place]
        for name, run in {"pamidronate": on, "stopped after 2 years": stopped, "no treatment": none}.items()
    }
    wide = Number.of_mean(
        "children with ends wider by a tenth after four years",
        100.0 * (width["pamidronate"][-1] >= 1.1),
        "%",
        **of_count(*counted("metaphysis", "undertubulation"), cite("metaphysis")),
    )
    back = Number.of_mean(
        "width two years after stopping, against still treated",
        width["stopped after 2 years"][-1] - width["pamidronate"][-1],
        "x untreated",
    )
    grown = w[GROWN]
    late = grown.after.metaphysis_width[:, grown.place]
    s, p = after.setting, after.parameters
    wider = p._replace(metaphysis=p.metaphysis._replace(untrimmed=np.asarray(0.8)))
    far = aftermath(s.cohort, s.course, s.plans, s.plan_index, seed=s.seed, parameters=wider)
    moved = {a["id"] for a, b in zip(after.per_hundred(), far.per_hundred()) if a != b}
    mean = 100 * (width["pamidronate"][-1].mean() - 1.0)
    return Finding(
        summary=f"After four years of pamidronate the ends of the long bones are {mean:.0f} % wider than "
        f"without treatment, and {float(wide):.0f} of 100 children have them wider by a tenth. Two years "
        f"after stopping they are {100 * (width['stopped after 2 years'][-1].mean() - 1):.0f} % wider. No "
        "fracture hazard is attached to the width.",
        statement=[
            Claim("ends are wider by a twentieth or more on average", mean > 5.0),
            Claim(
                "three times the width changes no fracture and no other outcome", moved == {"wide_metaphyses"}
            ),
        ],
        evidence=[
            Claim("share with wide ends within the exact interval of 5 of 9", wide.inside),
            Claim(
                "they have gone back two years after stopping in growth",
                back.below(0.0)
                and width["stopped after 2 years"][-1].mean()
                < mean_at(width["stopped after 2 years"], on.years, 2.0),
            ),
            Claim(
                "they go back when growth and treatment have ended",
                mean_at(late, grown.years, 18.0) < mean_at(late, grown.years, 14.0),
            ),
            Claim("dense lines in every treated child", bool(np.all(after.dense_lines[on.place] > 0))),
        ],
        numbers=[wide, back],
        sources=[cite("metaphysis"), cite("rauch2006_2007_stop")],
        notes=[
            "How far ends widen is assumed; seen is only that they do. That no fracture follows is an "
            "assumption too: a review calls harm unclear, and after stopping in growth it saw fractures "
            "where dense bone meets new bone. When widths go back was not found.",
        ],
        chart=lines("Width of the ends of long bones", "years", "of untreated width", on.years, width),
    )


def mean_at(values: np.ndarray, years: np.ndarray, at: float) -> float:
    """Mean over people at a time."""
    return float(np.interp(at, years, values.mean(axis=1)))
