"""Checks of how bone and the drugs work."""

import numpy as np

from brittlestar.evidence.leaflet.check import check
from brittlestar.evidence.leaflet.finding import Finding, Held, Number
from brittlestar.evidence.leaflet.picture import lines
from brittlestar.evidence.leaflet.world import Arm, Who, World

CHILDREN_IV = Who(age=8.0, types="IV")
ZOLEDRONATE = "zoledronate 0.05 mg/kg iv every 6 months"

DAYS_TREATED = Arm(CHILDREN_IV, ZOLEDRONATE, years=0.5)
DAYS_UNTREATED = Arm(CHILDREN_IV, years=0.5)


@check("S06", DAYS_TREATED, DAYS_UNTREATED)
def tilts_the_balance(w: World) -> Finding:
    """Resorption falls within days; formation follows over months."""
    treated, untreated = w[DAYS_TREATED], w[DAYS_UNTREATED]
    fall = {
        name: 1.0 - treated[name].mean(axis=1) / untreated[name].mean(axis=1)
        for name in ("resorption", "formation")
    }
    half = {name: float(treated.years[np.argmax(f >= 0.5 * f.max())] * 365.25) for name, f in fall.items()}
    week = {name: float(np.interp(7 / 365.25, treated.years, f)) for name, f in fall.items()}
    ctx_week = 100 * (treated.at("ctx", 7 / 365.25) / treated.at("ctx", 0.0) - 1.0)
    ntx = Number.of_mean("change of CTX in the first week", ctx_week, "%")
    return Finding(
        summary=f"Resorption has half its fall after {half['resorption']:.0f} days, formation after "
        f"{half['formation']:.0f}; in between bone is gained.",
        statement=[
            Held("resorption falls before formation", half["resorption"] < half["formation"]),
            Held("formation goes on in the first week", week["formation"] < 0.3 * week["resorption"]),
        ],
        evidence=[Held("resorption markers fall by more than half in the first week", ntx.value < -50)],
        numbers=[ntx],
        sources=["evidence/studies/rauch2003_metab.toml"],
        chart=lines(
            "Share of resorption and formation lost after an infusion",
            "days",
            "share lost",
            treated.years * 365.25,
            fall,
        ),
    )
