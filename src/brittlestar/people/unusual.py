"""What of a person is accepted and yet hardly anybody's: flagged, not refused."""

import numpy as np

from brittlestar._shared.parameter_files import load
from brittlestar.people.person import Person

FAR = 4.0
"""SDs of the model's people beyond which a value is unusual: one person in 16,000."""


def unusual(person: Person) -> tuple[str, ...]:
    """One sentence per value that lies beyond :data:`FAR` SDs of such people, with the usual range.

    Size is taken as it comes out, whichever way it was told: height among people of the same age, sex and
    type, weight (so body-mass index) among those of the same height.
    """
    spread = {
        name: float(np.ravel(p.internal)[0]) for name, p in load("brittlestar.people", "traits.toml").items()
    }
    calcium, vitamin_d = spread["calcium_typical"], spread["vitamin_d_typical"]
    found = [
        _outside("height", person.height_score, 0.0, 1.0, False, "SD among people of the same type"),
        _outside(
            "weight", person.weight_ratio, 1.0, spread["weight"], True, "times that expected at this height"
        ),
        _outside("turnover", person.turnover, 1.0, spread["eta_activity"], True, "times that of the type"),
        _outside("sensitivity", person.sensitivity, 1.0, spread["eta_drug"], True, "times the usual"),
        _outside("calcium", person.calcium_mg_per_day, calcium, spread["calcium_spread"], True, "mg a day"),
        _outside(
            "vitamin D", person.vitamin_d_nmol_per_l, vitamin_d, spread["vitamin_d_spread"], True, "nmol/L"
        ),
    ]
    return tuple(sentence for sentence in found if sentence)


def _outside(name: str, value: float | None, middle: float, sd: float, log: bool, unit: str) -> str:
    reach = np.array([-FAR, FAR]) * sd
    low, high = middle * np.exp(reach) if log else middle + reach
    if value is None or low <= value <= high:
        return ""
    return (
        f"Unusual person, {name.replace(' ', '-')}-far-from-usual: {value:.3g} {unit}; nearly everybody has "
        f"{float(f'{low:.2g}'):g} to {float(f'{high:.2g}'):g} (source: assumed)."
    )
