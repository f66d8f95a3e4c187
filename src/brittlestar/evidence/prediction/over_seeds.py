"""By how much the limits of a prediction move over seeds: the same trial again, with other chance."""

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from brittlestar._shared.arguments import MOST_SEED, Progress, whole_between
from brittlestar._shared.at_a_glance import Glance
from brittlestar._shared.output import check_output
from brittlestar._shared.result_files import save_result
from brittlestar._shared.tabled import Tabled
from brittlestar.evidence.prediction.predict import FATES, Prediction, predict
from brittlestar.report import over_seeds as over_seeds_report
from brittlestar.trials.protocol import Protocol

SCHEMA = "brittlestar/prediction-over-seeds/1"
SEEDS = 5
"""Seeds: an SD is then known to about a third of itself."""

MOST_SEEDS = 100

ACCEPTED = 0.05
"""Share of the interval by which its limits may move over seeds, as SD."""


@dataclass(frozen=True, repr=False)
class OverSeeds(Tabled):
    """Limits of the 90 % interval of every endpoint over seeds."""

    axes = ("id", "arm", "time_months")

    predictions: tuple[Prediction, ...]

    def rows(self) -> list[dict[str, Any]]:
        """One row per endpoint and arm: its limits by seed, and how far they move over the mean width.

        ``sd_share`` is the SD over seeds of the limit that moves more, ``range_share`` its greatest less its
        least, ``said_share`` the mean of the Monte Carlo error that each prediction told of itself; None
        where no interval was given, or one of no width.
        """
        each = [one.endpoints for one in self.predictions]
        return [_row(rows) for rows in zip(*each, strict=True)]

    def table(self) -> pl.DataFrame:
        """The rows, without the limits of each seed."""
        left_out = ("low", "high")
        return pl.DataFrame(
            [{k: v for k, v in row.items() if k not in left_out} for row in self.rows()],
            infer_schema_length=None,
        )

    def to_dict(self) -> dict[str, Any]:
        """Content of ``seeds.json``."""
        first = self.predictions[0]
        return {
            "schema": SCHEMA,
            "manifest": first.manifest | {"seeds": [one.manifest["seed"] for one in self.predictions]},
            "trial": {"id": first.protocol.id, "title": first.protocol.title},
            "accepted": ACCEPTED,
            "over_endpoints": _over(self.rows()),
            "endpoints": self.rows(),
        }

    def save(self, out: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write ``seeds.json``."""
        save_result(out, {"seeds.json": self.to_dict()}, force=force)

    def _glance(self) -> Glance:
        told = over_seeds_report.view(self.to_dict())
        return Glance(told.title, told.tables["endpoints"], tuple(told.notes))


def _row(rows: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    first, log = rows[0], rows[0]["scale"] == "log"
    low, high = ([row["interval"]["90"][side] for row in rows] for side in (0, 1))
    named = {name: first[name] for name in ("id", "label", "arm", "time_months", "unit")}
    shares: dict[str, float | None] = dict.fromkeys(("sd_share", "range_share", "said_share"))
    if None not in (*low, *high):
        ends = np.array([low, high], float)
        ends = np.log(ends) if log else ends
        width = float(np.mean(ends[1] - ends[0]))
        if width > 0.0:
            told = [row["limit_error_share"] for row in rows if row["limit_error_share"] is not None]
            shares = {
                "sd_share": float(ends.std(axis=1, ddof=1).max()) / width,
                "range_share": float(np.ptp(ends, axis=1).max()) / width,
                "said_share": float(np.mean(told)) if told else None,
            }
    return named | {"low": low, "high": high} | shares


def _over(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The same over all endpoints that have an interval."""
    shares = np.array([row["sd_share"] for row in rows if row["sd_share"] is not None])
    return {
        "endpoints": len(shares),
        "sd_half": float(np.median(shares)) if shares.size else None,
        "sd_most": float(shares.max()) if shares.size else None,
        "within": int(np.sum(shares < ACCEPTED)),
    }


def over_seeds(
    protocol: Protocol | str,
    *,
    seeds: int = SEEDS,
    seed: int = 1,
    out: str | os.PathLike[str] | None = None,
    force: bool = False,
    progress: Progress | None = None,
    **under: Any,
) -> OverSeeds:
    """The prediction of a trial under so many seeds, and by how much its limits move.

    People, fates and what is drawn of open inputs are new with every seed. The parameter sets are the same:
    no seed knows more of the posterior than its draws are worth.

    Args:
        protocol: object, shipped name or path of a TOML file.
        seeds: how many.
        seed: the first; the others stand ``FATES`` apart, so that no fates are met twice.
        out: directory for ``seeds.json``.
        force: write among other files in ``out``.
        progress: called with predictions done and in all.
        **under: how each is made, as ``sets``, ``rival``, ``parameters``, ``without``, ``precision`` and
            ``backend`` of :func:`brittlestar.evidence.prediction.predict.predict`.

    Raises:
        InputError: a protocol, count or place that cannot be used.
    """
    count = whole_between(seeds, 2, MOST_SEEDS, "seeds")
    seed = whole_between(seed, 0, MOST_SEED - (count + 1) * FATES, "seed")
    if out is not None:
        check_output(out, force=force)
    found = []
    for k in range(count):
        found.append(predict(protocol, **under, seed=seed + k * FATES))
        if progress:
            progress(k + 1, count)
    result = OverSeeds(tuple(found))
    if out is not None:
        result.save(out, force=force)
    return result
