"""Replicates become an answer: mean and 95 % range beside what was published, with a verdict."""

from typing import Any

import numpy as np

from brittlestar.trials.analysis import Results
from brittlestar.trials.protocol import Endpoint, Published, Said

INSIDE, OUTSIDE, NO_INTERVAL, NOT_PUBLISHED, NO_ANSWER = (
    "inside",
    "outside",
    "no interval",
    "not published",
    "no answer",
)

UNITS = {
    "pct_change": "%",
    "ratio_to_control": "ratio",
    "proportion_fractured": "share",
    "fracture_rate": "1/y",
    "hazard_ratio": "ratio",
    "rate_ratio_nb": "ratio",
    "rate_ratio_lwyy": "ratio",
    "risk_ratio": "ratio",
}
_MEASURE_UNITS = {
    "ls_abmd": "g/cm2", "ls_z": "SD", "tb_z": "SD", "height_cm": "cm", "pain": "points",
    "ctx": "of age-sex mean", "untx": "of age-sex mean", "p1np": "of age-sex mean", "bsap": "of age-sex mean",
    "ls_bmad": "g/cm3", "calcium_change_mmol_per_l": "mmol/L", "ct_wi_mm": "mm", "bone_volume_fraction": "-",
    "tb_n": "1/mm", "tb_th_um": "um", "bfr_bs_um_per_year": "um/y", "bone_volume_fraction_metaphysis": "-",
}  # fmt: skip


def unit(endpoint: Endpoint) -> str:
    """Unit of an endpoint's numbers."""
    return UNITS.get(endpoint.kind) or _MEASURE_UNITS[endpoint.measure or ""]


def range_of(values: np.ndarray, ratio: bool = False) -> dict[str, float | None]:
    """Mean and 2.5-97.5 % range over replicates that gave an answer; ``None`` where none did.

    Ratios are averaged on the log scale (geometric mean), on which halving and doubling weigh the same; a
    trial in which one arm had no event gives no ratio.
    """
    known = values[np.isfinite(values) & ((values > 0) | (not ratio))]
    if known.size == 0:
        return {"mean": None, "low": None, "high": None}
    low, high = np.quantile(known, [0.025, 0.975])
    mean = np.exp(np.log(known).mean()) if ratio else known.mean()
    return {"mean": float(mean), "low": float(low), "high": float(high)}


def verdict(
    simulated: dict[str, float | None],
    published: Published | None,
    said: Said | None = None,
    null: float = 0.0,
) -> str:
    """Whether the simulated mean lies inside the published 95 % interval.

    Words are held against the range over trials: "no clear difference" agrees if it holds ``null``, which is
    so when a trial of this size would more often miss than find a difference.
    """
    mean, low, high = (simulated[name] for name in ("mean", "low", "high"))
    if mean is None or low is None or high is None:
        return NO_ANSWER
    if published is None and said is not None:
        agrees = {"rose": low > null, "fell": high < null, "no clear difference": low <= null <= high}
        return INSIDE if agrees[said.words] else OUTSIDE
    if published is None:
        return NOT_PUBLISHED
    if published.low is None or published.high is None:
        return NO_INTERVAL
    return INSIDE if published.low <= mean <= published.high else OUTSIDE


def endpoint_rows(endpoint: Endpoint, results: Results) -> list[dict[str, Any]]:
    """Rows of ``results.json`` for one endpoint, one per arm and contrast."""
    rows = []
    for arm, values in results.items():
        published = next((p for p in endpoint.published if p.arm == arm), None)
        said = next((s for s in endpoint.said if s.arm == arm), None)
        ratio = unit(endpoint) == "ratio"
        simulated = range_of(values, ratio=ratio)
        rows.append(
            {
                "id": endpoint.id,
                "label": endpoint.label,
                "arm": arm,
                "time_months": endpoint.months,
                "unit": unit(endpoint),
                "simulated": simulated,
                "published": published.model_dump(include={"value", "low", "high", "source"})
                if published
                else None,
                "said": said.model_dump(include={"words", "source"}) if said else None,
                "verdict": verdict(simulated, published, said, 1.0 if ratio else 0.0),
                "replicates_without_answer": int(np.sum(~np.isfinite(values))),
            }
        )
    return rows
