"""How many people a wanted power takes, and what the closed formula says of the simulated counts."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import ndtri

from brittlestar.trials.endpoint import Endpoint
from brittlestar.trials.power.endpoints import LEVEL, counted_over
from brittlestar.trials.power.formula import Scenario, wald_power
from brittlestar.trials.power.pool import Pool
from brittlestar.trials.protocol import Protocol

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
    """Counts and years of both arms at each duration, everybody of the analysis set in both."""
    r, found = pool.records, []
    took = r.treated.reshape(-1, pool.people)
    for end in months:
        time = np.minimum(r.followed_months, end).reshape(-1, pool.people) / 12.0
        early = r.fracture_person[r.fracture_month <= end]
        count = np.bincount(early, minlength=time.size).reshape(time.shape)
        found.append(tuple(a[arm][took[arm]] for arm in (control, treated) for a in (count, time)))
    return found


def formula(
    seen: Sequence[tuple[str, list[tuple[Any, ...]]]],
    months: Sequence[float],
    sizes: Sequence[int],
    pr: Protocol,
    asked: list[Endpoint],
) -> list[dict[str, Any]]:
    """What the closed formula makes of the counts from the start to each duration.

    Args:
        seen: by contrast, ``seen_counts`` of a pool.
        months: the durations.
        sizes: people randomised.
        pr: the trial.
        asked: endpoints whose power is simulated; ``test`` names the one of the same counts.
    """
    rows = []
    for treated, contrast in pr.contrasts:
        share = pr.arms[treated].allocation / (pr.arms[treated].allocation + pr.arms[pr.control].allocation)
        for i, end in enumerate(months):
            same = counted_over(asked, end, pr)
            parts = [found[i] for name, found in seen if name == contrast]
            count0, time0, count1, time1 = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
            counts = {"control_rate_per_year": None, "rate_ratio": None, "dispersion": None}
            whole = count0[time0 >= end / 12.0 - 1e-9]
            powers: list[float | None] = [None] * len(sizes)
            if count0.sum() and count1.sum() and len(whole) > 1 and whole.sum():
                rate = float(np.sum(count0) / np.sum(time0))
                mean, variance = whole.mean(), whole.var(ddof=1)
                dispersion = float(max((variance - mean) / mean**2, 1e-6))
                ratio = float(np.sum(count1) / np.sum(count0) * np.sum(time0) / np.sum(time1))
                counts = {"control_rate_per_year": rate, "rate_ratio": ratio, "dispersion": dispersion}
                treated_of = [round(size * share) for size in sizes]
                powers = [
                    wald_power(Scenario(size - n, n, rate, ratio, dispersion, float(time0.mean())))
                    for size, n in zip(sizes, treated_of, strict=True)
                ]
            rows += [
                {"contrast": contrast, "test": same.id if same else None, "months": end, "size": size,
                 **counts, "formula_power": power}
                for size, power in zip(sizes, powers, strict=True)
            ]  # fmt: skip
    return rows
