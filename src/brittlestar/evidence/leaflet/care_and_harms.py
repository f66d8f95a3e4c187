"""Checks of care around the drugs, and of benefit beside harm."""

from typing import Any

import numpy as np

from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.care import Plan, as_plan, parse, published_names
from brittlestar.care.monitoring import known_checks
from brittlestar.evidence.leaflet.charts import dots
from brittlestar.evidence.leaflet.cohorts import ZOLEDRONIC
from brittlestar.evidence.leaflet.density_pain_routes import (
    CHILDREN,
    INFUSED,
    NOT_TREATED,
    PAMIDRONATE,
    TABLETS,
)
from brittlestar.evidence.leaflet.registry import check
from brittlestar.evidence.leaflet.side_effects import (
    CHILDREN_GIVEN,
    counted,
    courses_of,
    infusions_counted,
    of_count,
)
from brittlestar.evidence.leaflet.verdict import Claim, Finding, Number
from brittlestar.evidence.simulated_groups import Group, GroupUnderPlan, SimulatedGroups
from brittlestar.evidence.studies.look_up import cite, result
from brittlestar.evidence.studies.study import study

DENTAL = "dental-check"


def said_again(plan: Plan) -> tuple[Plan, Plan]:
    """A plan after a way through words and one through a file."""
    return parse(plan.in_words()), Plan.from_toml(plan.to_toml())


def dental_days(plan: Plan, years: float) -> np.ndarray:
    """Days of the dental visits in the calendar of a plan."""
    return np.array([v.day for v in plan.visits(years, 8.0, "female") if DENTAL in v.what])


@check("S19", INFUSED, TABLETS, NOT_TREATED)
def dentist(w: SimulatedGroups) -> Finding:
    """Dental visits against the doses that simulated children got, and in every exported plan."""
    known = known_checks()[DENTAL]
    late, gaps = [], []
    for arm in (INFUSED, TABLETS):
        visits, days = dental_days(as_plan(arm.plan), arm.years), courses_of(w[arm])["years"] * DAYS_PER_YEAR
        before = [visits[visits <= day + 1e-6] for day in days]
        late.append(any(len(seen) == 0 for seen in before))
        gaps += [day - seen[-1] for day, seen in zip(days, before) if len(seen)]
    treated = [plan for plan in map(as_plan, published_names()) if plan.all_drugs]
    kept = [
        all(DENTAL in {c.what for c in copy.monitoring or ()} for copy in said_again(plan))
        for plan in treated
    ]
    first = [dental_days(plan, 1.0)[:1] for plan in treated]
    reasons = (r for v in as_plan(INFUSED.plan).visits(1.0) for r in v.reasons)
    dental = next(r for r in reasons if r.what == DENTAL)
    told = f"{dental.why} {dental.source}"
    longest = max(gaps) / DAYS_PER_YEAR * 12
    return Finding(
        summary=f"All {len(treated)} published plans with a drug carry dental visits from the first day, "
        "also after export as words and as a file. No simulated dose comes without one in the "
        f"{longest:.0f} months before it.",
        statement=[
            Claim("every child has a dental visit by the day of the first dose", not any(late)),
            Claim("no dose comes more than half a year after the last visit", longest <= 6.1),
            Claim("every published plan keeps them through words and file", all(kept)),
            Claim(
                "each visit tells the dentist of the drug and names hygiene",
                "dentist is told" in told and "hygiene" in told,
            ),
            Claim("without a drug none is asked for", dental_days(as_plan(NOT_TREATED.plan), 4.0).size == 0),
        ],
        evidence=[
            Claim(
                "a review before the start, as dental guidance asks, in every published plan",
                all(day.size and day[0] <= 0.0 for day in first),
            )
        ],
        numbers=[
            Number("published plans with dental visits after export", sum(kept), f"of {len(treated)}"),
            Number("longest time since a dental visit at a dose", longest, "months"),
        ],
        sources=[known.source],
        notes=[
            "The guidance asks for a review before the start; the interval of half a year afterwards is "
            "assumed."
        ],
    )


EXERCISED = GroupUnderPlan(CHILDREN, f"{PAMIDRONATE}, physiotherapy")


@check("S21", INFUSED, EXERCISED)
def team(w: SimulatedGroups) -> Finding:
    """Reviews in the calendar of a plan with a drug, and physiotherapy as load on bone."""
    on, more = w[INFUSED], w[EXERCISED]
    known = {name: known_checks()[name].meaning for name in ("physiotherapy-review", "orthopaedic-review")}
    found = {what for v in as_plan(INFUSED.plan).visits(1.0) for what in v.what}
    limb, spine = (
        Number.of_mean(
            f"{label} after four years with physiotherapy, against without",
            more.change(name, 4.0, percent=True) - on.change(name, 4.0, percent=True),
            "%",
        )
        for name, label in (("strength_limb", "strength of long bones"), ("ls_abmd", "spine density"))
    )
    return Finding(
        summary="Plans with a drug carry reviews by physiotherapy, occupational therapy and orthopaedics. "
        f"Physiotherapy, as load on bone, adds {float(limb):.1f} % to the strength of long bones over four "
        f"years and {float(spine):.1f} % to spine density.",
        statement=[
            Claim("physiotherapy and orthopaedics are in the calendar", set(known) <= found),
            Claim("occupational therapy is part of it", "occupational" in known["physiotherapy-review"]),
            Claim("physiotherapy makes long bones stronger", limb.above(0.0)),
        ],
        evidence=[],
        numbers=[limb, spine],
        sources=[cite("func_sr2019")],
        notes=[
            "No study that compares care in such centres with other care was found, and none that gives the "
            "load of physiotherapy: its size is assumed. Function, which therapy is for, is not an output.",
        ],
    )


NEEDS_CARE = ("symptomatic_calcium", "gut_stop", "late_fracture_union", "atypical_femur")
"""Harms beyond a blood test or a picture."""


SERIES = GroupUnderPlan(
    Group(age=CHILDREN.age, types=CHILDREN.types, n=50), "zoledronate 0.025 mg/kg iv every 3 months"
)


@check("S33", NOT_TREATED, ZOLEDRONIC, SERIES)
def minor(w: SimulatedGroups) -> Finding:
    """Benefits and harms of zoledronate out of the same 100 children over the same four years.

    Minor: extra people with a harm that needs care, marked reactions with them, are fewer than people spared
    a fracture of a vertebra. Reactions are held against counts of two series, blood tests at the median dose
    of theirs.
    """
    run, none = w[ZOLEDRONIC], w[NOT_TREATED]
    after = run.after
    labels = [f"plan {i}" for i in range(len(after.setting.plans))]
    on, off = (labels[after.setting.plan_index[r.place.start]] for r in (run, none))
    rows = {row["id"]: row for row in after.per_hundred(4.0)}
    given, series = courses_of(run), courses_of(w[SERIES])
    early = series["number"] < 3
    severe = float(after.parameters.reactions.severity[-1])
    marked = 100 * severe * given["acute_phase_chance"]
    n = infusions_counted()

    def share(measure: str) -> dict[str, Any]:
        value = result("acute_phase", measure, arm=CHILDREN_GIVEN).value or 0.0
        return of_count(round(value / 100 * n), n, cite("acute_phase"))

    symptomatic = series["low_calcium_chance"] * float(after.parameters.reactions.symptomatic)
    uk = next(arm.n or 0 for arm in study("acute_phase").arms if arm.id == "zoledronate_first_dose_UK_2024")
    high = 100 - (result("acute_phase", "peak_PEWS_<=3_pct").value or 0.0)
    numbers = [
        Number.of_mean(
            "infusions followed by low calcium",
            100 * series["low_calcium_chance"][early],
            "%",
            **share("hypocalcaemia_pct_of_infusions"),
        ),
        Number.of_mean(
            "infusions followed by low phosphate",
            100 * series["low_phosphate_chance"][early],
            "%",
            **share("hypophosphataemia_pct_of_infusions"),
        ),
        Number.of_mean(
            "infusions after which calcium is given by vein",
            100 * symptomatic[early],
            "%",
            **of_count(
                *counted("acute_phase", "symptomatic_needing_iv_Ca", CHILDREN_GIVEN), cite("acute_phase")
            ),
        ),
        Number(
            "marked reactions after a first infusion",
            float(marked[given["naive"]].mean()),
            "%",
            **of_count(round(high / 100 * uk), uk, cite("acute_phase")),
        ),
    ]
    spared = rows["vertebral"][off]["mean"] - rows["vertebral"][on]["mean"]
    broken = rows["fracture"][off]["mean"] - rows["fracture"][on]["mean"]
    extra = {id: rows[id][on]["mean"] - rows[id][off]["mean"] for id in NEEDS_CARE}
    ill = 100 * float(np.mean(1.0 - np.exp(np.bincount(given["person"], np.log1p(-marked / 100)))))
    harm = sum(max(value, 0.0) for value in extra.values()) + ill
    same = all((row["unit"], row["years"]) == ("of 100", 4.0) for row in rows.values())
    both = {row["kind"] for row in rows.values()} == {"benefit", "harm"}
    return Finding(
        summary=f"Of 100 children on zoledronate for four years {spared:.0f} are spared a vertebral "
        f"fracture and {broken:.0f} any fracture. {rows['acute_phase'][on]['mean']:.0f} have a flu-like "
        f"reaction, marked in {ill:.0f}; {rows['low_calcium'][on]['mean']:.0f} have a low calcium test, "
        f"{rows['symptomatic_calcium'][on]['mean']:.0f} need treatment for it. A fracture unites late in "
        f"{rows['late_fracture_union'][on]['mean']:.0f}, without treatment in "
        f"{rows['late_fracture_union'][off]['mean']:.0f}.",
        statement=[
            Claim(
                "benefits and harms are counted out of the same 100 over the same years, untreated beside",
                same and both and all(on in row and off in row for row in rows.values()),
            ),
            Claim("fewer meet a harm that needs care than are spared a vertebral fracture", harm < spared),
        ],
        evidence=[
            Claim(f"{number.label}: within the exact interval of the series", number.inside)
            for number in numbers
        ],
        numbers=[
            *numbers,
            Number("children spared a vertebral fracture", spared, "of 100"),
            Number("extra children with a harm that needs care", harm, "of 100"),
        ],
        sources=[cite("acute_phase"), cite("onj"), cite("h2202_nct00063479")],
        notes=[
            "The series are mostly of other diseases; their median dose is given. Extra atypical fractures "
            "of the femur are an assumption. Jaw osteonecrosis has a bound and no number, so it is not in "
            "the sum.",
            "Long-term harm is an open question.",
        ],
        chart=dots(
            "Out of 100 children over four years",
            "of 100",
            {
                f"{rows[id]['label']}, {name}": (rows[id][plan]["mean"], *rows[id][plan]["chance"])
                for id in (
                    "vertebral",
                    "acute_phase",
                    "low_calcium",
                    "symptomatic_calcium",
                    "late_fracture_union",
                )
                for name, plan in (("zoledronate", on), ("no treatment", off))
            },
        ),
    )
