"""How many people, and how many months, a wanted power takes."""

from typing import Any

import numpy as np
from scipy.special import ndtri

from brittlestar.trials.power.endpoints import LEVEL

WANTED = (0.8, 0.9)
"""Powers that trials are planned for."""

READABLE = (0.03, 0.995)
"""Powers from which the size for another can be told: at 0.025 chance alone finds as much, and above 0.995
fewer than ten of 2,000 trials miss."""


def needed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """People for a wanted power: probit(power) + z = c sqrt(n), c fitted over the sizes; none beyond them."""
    groups: dict[tuple[str, str, float], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["contrast"], row["test"], row["months"]), []).append(row)
    z, found = float(ndtri(1.0 - LEVEL / 2.0)), []
    for (contrast, test, months), group in groups.items():
        usable = [row for row in group if READABLE[0] < row["share"] < READABLE[1]]
        n = np.array([row["size"] for row in usable], float)
        shift = ndtri(np.array([row["share"] for row in usable])) + z
        slope = float(np.sum(shift * np.sqrt(n)) / np.sum(n)) if usable else 0.0
        smallest, largest = min(row["size"] for row in group), max(row["size"] for row in group)
        for wanted in WANTED:
            people = None if slope <= 0.0 else int(np.ceil(((ndtri(wanted) + z) / slope) ** 2))
            if all(row["share"] >= READABLE[1] for row in group):
                said = f"fewer than {smallest}"
            elif people is None:
                said = "no size simulated shows an effect"
            else:
                # Beyond what was simulated the curve is a guess.
                said = f"more than {largest}" if people > largest else f"about {people}"
                people = people if people <= largest else None
            found.append(
                {"contrast": contrast, "test": test, "label": group[0]["label"], "months": months,
                 "power": wanted, "people": people, "said": said}
            )  # fmt: skip
    return found


def shortest(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The shortest duration simulated that reaches a wanted power, for every test and number of people."""
    groups: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["contrast"], row["test"], row["size"]), []).append(row)
    found = []
    for (contrast, test, size), group in groups.items():
        longest = max(row["months"] for row in group)
        for wanted in WANTED:
            enough = [row["months"] for row in group if row["share"] >= wanted]
            months = min(enough) if enough else None
            said = f"{months:g}" if months is not None else f"more than {longest:g}"
            found.append(
                {"contrast": contrast, "test": test, "label": group[0]["label"], "size": size,
                 "power": wanted, "months": months, "said": said}
            )  # fmt: skip
    return found
