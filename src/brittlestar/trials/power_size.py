"""How many people a wanted power takes, and what the closed formula says of the simulated counts."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import ndtri

from brittlestar.trials.power_analyses import LEVEL
from brittlestar.trials.power_formula import Scenario, wald_power
from brittlestar.trials.power_pool import Pool
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.statistics import event_rate

WANTED = (0.8, 0.9)
_READABLE = (0.03, 0.995)
"""Powers from which the size for another power can be told."""


def needed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """People for a wanted power: probit(power) + z = c sqrt(n), c fitted over the sizes simulated."""
    groups: dict[tuple[str, str, float], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["contrast"], row["test"], row["months"]), []).append(row)
    z, found = float(ndtri(1.0 - LEVEL / 2.0)), []
    for (contrast, test, months), group in groups.items():
        usable = [row for row in group if _READABLE[0] < row["share"] < _READABLE[1]]
        n = np.array([row["size"] for row in usable], float)
        shift = ndtri(np.array([row["share"] for row in usable])) + z
        slope = float(np.sum(shift * np.sqrt(n)) / np.sum(n)) if usable else 0.0
        smallest, largest = min(row["size"] for row in group), max(row["size"] for row in group)
        for wanted in WANTED:
            people = None if slope <= 0.0 else int(np.ceil(((ndtri(wanted) + z) / slope) ** 2))
            if all(row["share"] >= _READABLE[1] for row in group):
                said = f"fewer than {smallest}"
            elif people is None:
                said = "no size simulated shows an effect"
            else:
                said = f"about {people}" + (", beyond the sizes simulated" if people > largest else "")
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


def seen_counts(pool: Pool, control: int, treated: int, months: Sequence[float]) -> list[tuple[Any, ...]]:
    """Counts and time of both arms at each duration, all people of the pool in both."""
    found = []
    for end in months:
        time = np.minimum(pool.records.followed_months, end).reshape(-1, pool.people) / 12.0
        keep = pool.records.fracture_month <= end
        count = np.bincount(pool.records.fracture_person[keep], minlength=time.size).reshape(time.shape)
        found.append((count[control], time[control], count[treated], time[treated]))
    return found


def formula(
    seen: Sequence[tuple[str, list[tuple[Any, ...]]]],
    months: Sequence[float],
    sizes: Sequence[int],
    pr: Protocol,
) -> list[dict[str, Any]]:
    rows = []
    for treated, contrast in pr.contrasts:
        share = pr.arms[treated].allocation / (pr.arms[treated].allocation + pr.arms[pr.control].allocation)
        for i, end in enumerate(months):
            parts = [found[i] for name, found in seen if name == contrast]
            count0, time0, count1, time1 = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
            rate, ratio = event_rate(count0, time0).value, np.sum(count1) / np.sum(count0)
            whole = time0 >= end / 12.0 - 1e-9
            mean, variance = count0[whole].mean(), count0[whole].var(ddof=1)
            dispersion = max((variance - mean) / mean**2, 1e-6)
            ratio = float(ratio * np.sum(time0) / np.sum(time1))
            for size in sizes:
                n1 = round(size * share)
                s = Scenario(size - n1, n1, rate, ratio, float(dispersion), float(time0.mean()))
                rows.append(
                    {"contrast": contrast, "months": end, "size": size, "control_rate_per_year": rate,
                     "rate_ratio": ratio, "dispersion": float(dispersion), "formula_power": wald_power(s)}
                )  # fmt: skip
    return rows
