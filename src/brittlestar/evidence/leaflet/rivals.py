"""Groups that are simulated again under parameter sets that the calibration leaves open."""

from brittlestar.engine import Parameters
from brittlestar.evidence.leaflet.groups import POISE_TYPES, ZOLEDRONATE
from brittlestar.evidence.leaflet.uncertainty import rival_parameters, under_each
from brittlestar.evidence.simulated_groups import NOTHING, Group, SimulatedGroups

SEARCHED = Group(8.0, "IV", n=12)
PLANS = {
    "none": NOTHING,
    "full dose": ZOLEDRONATE,
    "half dose": "zoledronate 0.025 mg/kg iv every 6 months",
    "half dose, twice as often": "zoledronate 0.025 mg/kg iv every 3 months",
    "full dose, once a year": "zoledronate 0.05 mg/kg iv every 12 months",
    "pamidronate": "pamidronate 1 mg/kg/day for 3 days every 4 months",
    "risedronate tablets": "risedronate 1 mg/kg/week",
    "alendronate tablets": "shriners-alendronate",
    "full dose for 1 year": f"{ZOLEDRONATE} for 1 year",
    "full dose, stop at 10 years": f"{ZOLEDRONATE}, stop at 10 years",
}
SEARCH = {name: SEARCHED.under(plan) for name, plan in PLANS.items()}

POISE_FEW = Group((4.0, 15.0), POISE_TYPES, n=48).untreated()
POISE_FEW_TREATED = POISE_FEW.under("poise-risedronate")
MILD = Group((4.0, 15.0), "I", n=20).untreated()
MILD_TREATED = MILD.under(ZOLEDRONATE)

RIVAL_GROUPS = (*SEARCH.values(), POISE_FEW, POISE_FEW_TREATED, MILD, MILD_TREATED)
"""Always together, as one program serves them all."""
RIVALS = 16
"""Parameter sets."""


def under_rivals(groups: SimulatedGroups) -> list[SimulatedGroups]:
    """:data:`RIVAL_GROUPS` under every rival parameter set; simulated once for all checks."""

    def run(p: Parameters) -> SimulatedGroups:
        found = SimulatedGroups(RIVAL_GROUPS, seed=groups.seed, parameters=p)
        _ = found[RIVAL_GROUPS[0]]
        return found

    return groups.once("rivals", lambda: under_each(rival_parameters(groups.parameters, RIVALS), run))
