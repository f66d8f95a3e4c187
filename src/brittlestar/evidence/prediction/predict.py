"""Prediction of a trial nobody has run: mean and intervals of every endpoint, split by what they hold."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from brittlestar._shared.arguments import MOST_SEED, whole_between
from brittlestar._shared.at_a_glance import AtAGlance, Glance
from brittlestar._shared.chance import normal, uniform
from brittlestar._shared.manifest import manifest
from brittlestar._shared.output import check_output
from brittlestar._shared.result_files import save_result
from brittlestar._shared.table import Column, Table, number
from brittlestar.evidence.calibration.between_trials import Scale, between_trials
from brittlestar.evidence.calibration.ensemble import ensemble
from brittlestar.evidence.calibration.rivals import rivals, weights
from brittlestar.evidence.prediction.extrapolation import extrapolations
from brittlestar.model.parameters import Parameters, default_parameters, fingerprint
from brittlestar.outcomes import pooled_trials
from brittlestar.trials.analysis import Answers
from brittlestar.trials.arms import arm_rows, warnings_of
from brittlestar.trials.conduct import estimates
from brittlestar.trials.endpoint import Endpoint
from brittlestar.trials.protocol import DIFFERENCE, Protocol
from brittlestar.trials.protocol_files import load_protocol
from brittlestar.trials.summary import answered, pooled, too_many_missing, unit

SCHEMA = "brittlestar/prediction/3"
SETS, GROUPS, FATES = 24, 3, 2
"""Parameter sets, groups of people under each, and fates of each group."""

RIVAL_GROUPS = 4
"""Groups of people, the same ones, on which rivals are held against the usual model."""

MIXED = 20_000
"""Draws from which limits are read."""

LIMITS = {"50": (0.25, 0.75), "90": (0.05, 0.95)}
HALF_WIDTH = {"50": 0.6745, "90": 1.6449}
"""Of a normal interval, in SD."""

SOURCES = {
    "chance": ("chance",),
    "people": ("people",),
    "science": ("posterior", "rivals", "between_trials"),
}
"""What makes a result unsure -> the variances that belong to it."""

MOST_SETS = 200

Progress = Callable[[int, int], None]


@dataclass(frozen=True, repr=False)
class Prediction(AtAGlance):
    """What the model expects of a trial, and how sure it may be."""

    protocol: Protocol
    endpoints: list[dict[str, Any]]
    extrapolation: list[dict[str, str]]
    ignored: int
    """published results that stood in the file and were not read"""
    manifest: dict[str, Any]
    law: str | None = None
    """the rival law that alone was asked for; else all laws by their weight"""

    @property
    def arms(self) -> list[dict[str, Any]]:
        """What each arm gives, with how many doses in each year."""
        return arm_rows(self.protocol)

    @property
    def warnings(self) -> list[dict[str, Any]]:
        """What departs from labels or published use, by arm and name."""
        return warnings_of(self.protocol, calibration=False)

    def table(self) -> pl.DataFrame:
        """Endpoints flat: mean and the ends of the 50 and 90 % intervals."""
        return pl.DataFrame(
            [
                {name: row[name] for name in ("id", "label", "arm", "time_months", "unit", "mean")}
                | {f"low_{level}": ends[0] for level, ends in row["interval"].items()}
                | {f"high_{level}": ends[1] for level, ends in row["interval"].items()}
                for row in self.endpoints
            ],
            infer_schema_length=None,
        )

    def plot(self) -> Any:
        """Mean and 90 % interval of every endpoint, each on the scale of its own interval (Altair)."""
        from brittlestar.charts.predicted import predicted_ranges

        return predicted_ranges(self.endpoints)

    def _glance(self) -> Glance:
        table = Table.of("endpoint", "arm", Column("month", right=True),
                         Column("mean", right=True), Column("90 %", right=True))  # fmt: skip
        for row in self.endpoints:
            low, high = row["interval"]["90"]
            ends = "no answer" if low is None or high is None else f"{number(low)} to {number(high)}"
            table.row(row["label"], row["arm"], f"{row['time_months']:g}", number(row["mean"]), ends)
        beyond = [f"Beyond the evidence: {one['arm']}, {one['words']}." for one in self.extrapolation[:2]]
        return Glance(f"Predicted: {self.protocol.title}", table, tuple(beyond))

    def to_dict(self) -> dict[str, Any]:
        """Content of ``results.json``; see ``prediction.schema.json``."""
        trial = {"id": self.protocol.id, "title": self.protocol.title, "arms": self.arms}
        return {
            "schema": SCHEMA,
            "manifest": self.manifest,
            "trial": trial | {"people": self.protocol.population.randomised},
            "law": self.law or "all",
            "published_results_ignored": self.ignored,
            "warnings": self.warnings,
            "extrapolation": self.extrapolation,
            "between_trials": {k: {"sd": b.sd, "results": b.results} for k, b in between_trials().items()},
            "rivals": [
                {"name": name, "label": r.label, "description": r.description, "weight": weights()[name]}
                for name, r in rivals().items()
                if self.law in (None, name)
            ],
            "endpoints": self.endpoints,
        }


def without_results(protocol: Protocol) -> tuple[Protocol, int]:
    """The protocol with every published result taken out, and how many there were."""
    count = sum(len(e.published) + len(e.said) for e in protocol.endpoints)
    bare = tuple(e.model_copy(update={"published": (), "said": ()}) for e in protocol.endpoints)
    return protocol.model_copy(update={"endpoints": bare}), count


def is_ratio(endpoint: Endpoint) -> bool:
    """Whether an endpoint is worked with on the log scale."""
    return unit(endpoint) == "ratio"


def split_variance(x: np.ndarray) -> dict[str, float]:
    """Variance between parameter sets, between groups of people, and between fates of one group.

    Nested analysis of variance of x [set, group, fate]; NaN where a trial gave no answer and takes no part.
    Each level's variance of means holds its share of the levels below: ``var(group means) = people +
    chance·mean(1/fates)``, and so on. Estimates below zero, and those that nothing determines, count as zero.
    """
    there = np.isfinite(x)
    fates = there.sum(axis=2)
    groups = (fates > 0).sum(axis=1)
    per_group = np.where(fates > 0, 1.0 / np.maximum(fates, 1), 0.0)
    group_means = _mean(x, 2)
    set_means = _mean(group_means, 1)
    some = groups > 0
    chance = _within(x, fates)
    in_group_means = per_group.sum() / max((fates > 0).sum(), 1)
    people = max(0.0, _within(group_means, groups) - chance * in_group_means)
    if some.sum() < 2:
        return {"chance": chance, "people": people, "posterior": 0.0}
    total = float(np.var(set_means[some], ddof=1))
    of_people = float(np.mean(1.0 / groups[some]))
    of_chance = float(np.mean(per_group.sum(axis=1)[some] / groups[some] ** 2))
    return {
        "chance": chance,
        "people": people,
        "posterior": max(0.0, total - people * of_people - chance * of_chance),
    }


def _mean(x: np.ndarray, axis: int) -> np.ndarray:
    """Mean of what is there; NaN where nothing is."""
    there = np.isfinite(x)
    count = there.sum(axis=axis)
    return np.where(count > 0, np.where(there, x, 0.0).sum(axis=axis) / np.maximum(count, 1), np.nan)


def _within(x: np.ndarray, count: np.ndarray) -> float:
    """Mean variance over the last axis, of those of whom there are two or more."""
    enough = count > 1
    off = np.where(np.isfinite(x), x - _mean(x, -1)[..., None], 0.0)
    variance = (off**2).sum(axis=-1) / np.maximum(count - 1, 1)
    return float(variance[enough].mean()) if enough.any() else 0.0


def _kind(endpoint: Endpoint) -> Scale | None:
    """Kind of result whose spread between trials applies."""
    measure = endpoint.measure
    if measure is None:
        return "fractures"
    if measure == "ls_abmd" and endpoint.kind in ("pct_change", "ratio_to_control"):
        return "density"
    if measure in ("ls_z", "tb_z") and endpoint.kind == "change":
        return "z"
    return "markers" if measure in ("ctx", "untx", "p1np", "bsap") and endpoint.kind != "change" else None


def between_sd(endpoint: Endpoint, contrast: bool, mean: float) -> float:
    """SD between trials on the scale on which the endpoint is worked with.

    ``mean`` is that of the arm, for a difference of shares or rates that of the treated: the spread is one of
    the log rate, which a difference carries as the treated do.
    """
    kind = _kind(endpoint)
    if kind is None:
        return 0.0
    sd = between_trials()[kind].sd
    if kind == "z" or is_ratio(endpoint):
        return sd
    match endpoint.kind:
        case "pct_change":
            # ln(1 + x/100) has this SD; of a difference the same in points of the value at entry
            return sd * (100.0 if contrast else 100.0 + mean)
        case "proportion_fractured":
            alive = float(np.clip(1.0 - mean, 1e-6, 1.0 - 1e-6))
            return sd * alive * -float(np.log(alive))
        case _:
            return sd * abs(mean)


Found = list[dict[str, list[Answers]]]
"""Endpoint -> arm -> answers of the groups, one entry per fate."""


def _run(protocol: Protocol, numbers: np.ndarray, seed: int, p: Parameters, workers: int | None) -> Found:
    """Groups of people under one parameter set, each met by several fates."""
    fates = [
        estimates(protocol, numbers, seed=seed, fates=seed + f, parameters=p, workers=workers)
        for f in range(FATES)
    ]
    return [
        {arm: [run[i][arm] for run in fates] for arm in fates[0][i]} for i in range(len(protocol.endpoints))
    ]


def _scaled(endpoint: Endpoint, fates: Sequence[Answers]) -> np.ndarray:
    """Estimates [group, fate] on the scale of work; NaN where a trial gave no answer."""
    x = np.stack([one.value for one in fates], axis=-1)
    return np.log(x) if is_ratio(endpoint) else x


def _together(found: Sequence[Sequence[Answers]], ratio: bool) -> dict[str, float | None]:
    """All people of all runs as one trial; the parameter sets are the units of its Monte Carlo error."""
    sets = [Answers.join(fates) for fates in found]
    sums = [replace(one, total=one.total.sum(0)[None], weight=one.weight.sum(0)[None]) for one in sets]
    return pooled(Answers.join(sums), ratio)


def _shift(rival: np.ndarray, usual: np.ndarray) -> float:
    """What a rival law changes: mean over the groups and fates that gave an answer under both, or NaN."""
    return float(_mean((rival - usual).ravel(), 0))


def predict(
    protocol: Protocol | str,
    *,
    sets: int = SETS,
    rival: str | None = None,
    seed: int = 1,
    out: str | os.PathLike[str] | None = None,
    force: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Prediction:
    """What to expect of a trial before it is run.

    Published results that stand in the protocol are taken out first and never read.

    Args:
        protocol: object, shipped name or path of a TOML file in the format of ``brittlestar trial``.
        sets: parameter sets of the posterior; the trial runs ``GROUPS`` x ``FATES`` times under each.
        rival: a rival law that alone is asked, under its own posterior; else all laws by their weight.
        seed: key of all chance.
        out: directory for ``results.json`` and ``report.html``; whole or not at all.
        force: write among other files in ``out``.
        workers: batches run side by side.
        progress: called with parameter sets done and in all, rivals included.

    Raises:
        InputError: a protocol, count or place that cannot be used.
    """
    sets = whole_between(sets, 2, MOST_SETS, "sets")
    seed = whole_between(seed, 0, MOST_SEED - FATES, "seed")
    if out is not None:
        check_output(out, force=force)
    found = load_protocol(protocol) if isinstance(protocol, str) else protocol
    bare, ignored = without_results(found)
    posterior = ensemble(rival)
    chosen, beside = posterior.pick(sets), rivals() if rival is None else {}
    total, done = sets + len(beside) + 1, 0

    def run(numbers: np.ndarray, p: Parameters) -> Found:
        nonlocal done
        values = _run(bare, numbers, seed, p, workers)
        done += 1
        if progress:
            progress(done, total)
        return values

    drawn = [
        run(np.arange(GROUPS) + GROUPS * i, posterior.parameters(member)) for i, member in enumerate(chosen)
    ]
    same = np.arange(RIVAL_GROUPS)
    middle = default_parameters() if rival is None else rivals()[rival].parameters
    usual = run(same, middle)
    other = {name: run(same, one.parameters) for name, one in beside.items()}
    rows, arms_of = [], {contrast: bare.arms[treated].id for treated, contrast in bare.contrasts}
    for i, endpoint in enumerate(bare.endpoints):
        for arm in usual[i]:
            x = np.stack([_scaled(endpoint, one[i][arm]) for one in drawn])
            base = _scaled(endpoint, usual[i][arm])
            shifts = {name: _shift(_scaled(endpoint, v[i][arm]), base) for name, v in other.items()}
            together = _together([one[i][arm] for one in drawn], is_ratio(endpoint))
            treated = arms_of.get(arm, arm)
            level = together["value"]
            if treated != arm and treated in usual[i]:
                level = _together([one[i][treated] for one in drawn], ratio=False)["value"]
            rows.append(_row(endpoint, arm, x, shifts, together, level, seed))
    inputs = {"protocol": bare.inputs, "sets": sets, "law": rival or "all"}
    result = Prediction(
        protocol=bare,
        endpoints=rows,
        extrapolation=extrapolations(bare),
        ignored=ignored,
        manifest=manifest(seed=seed, parameters=fingerprint(middle), inputs=inputs)
        | {"parameter_sets": sets, "runs": sets * GROUPS * FATES},
        law=rival,
    )
    if out is not None:
        _write(result, out, force)
    return result


def _row(
    endpoint: Endpoint,
    arm: str,
    x: np.ndarray,
    shifts: dict[str, float],
    together: dict[str, float | None],
    level: float | None,
    seed: int,
) -> dict[str, Any]:
    """One endpoint in one arm: mean, limits and what they hold.

    Where too many runs gave no answer an interval of the others would promise too much: it is not given.
    """
    share = weights() if shifts else {"usual": 1.0}
    moves = np.array([0.0, *shifts.values()])
    weight = np.array([share["usual"], *(share[name] for name in shifts)])
    known, withheld = x[answered(x)], too_many_missing(x)
    middle = float(known.mean()) if known.size else np.nan
    centre = middle + weight @ moves
    contrast = arm.split(":")[0] == DIFFERENCE
    # Shares and rates have their spread at the level of the treated; the others at their own.
    of_treated = contrast and endpoint.kind in ("proportion_fractured", "fracture_rate")
    between = between_sd(endpoint, contrast, float(centre) if level is None or not of_treated else level)
    variance = split_variance(x)
    variance["rivals"] = float(weight @ (moves - weight @ moves) ** 2)
    variance["between_trials"] = between**2
    back = np.exp if is_ratio(endpoint) else np.asarray
    least = 0.0 if endpoint.kind in ("proportion_fractured", "fracture_rate") and not contrast else -np.inf
    most = 1.0 if endpoint.kind == "proportion_fractured" else np.inf

    def ends(low: Any, high: Any) -> list[float | None]:
        return [None if withheld else _number(x) for x in np.clip(back(np.array([low, high])), least, most)]

    mixed = np.full(1, np.nan)
    if not withheld:
        i = np.arange(MIXED)
        key = f"prediction {endpoint.id} {endpoint.months:g} {arm}"
        pick = np.minimum((uniform(seed, i, key, 0) * known.size).astype(int), known.size - 1)
        law = np.searchsorted(np.cumsum(weight)[:-1], uniform(seed, i, key, 1))
        mixed = known[pick] + moves[law] + between * normal(seed, i, f"{key} trial")
    alone = {name: np.sqrt(sum(variance[v] for v in held)) for name, held in SOURCES.items()}
    error = _set_error(x)
    return {
        "id": endpoint.id,
        "label": endpoint.label,
        "arm": arm,
        "time_months": endpoint.months,
        "unit": unit(endpoint),
        "scale": "log" if is_ratio(endpoint) else "plain",
        "mean": _number(back(centre)),
        "monte_carlo_se": _number(back(centre) * error if is_ratio(endpoint) else error),
        "pooled": together,
        "interval": {name: ends(*np.quantile(mixed, limits)) for name, limits in LIMITS.items()},
        "alone": {
            name: {level: ends(centre - z * sd, centre + z * sd) for level, z in HALF_WIDTH.items()}
            for name, sd in alone.items()
        },
        "sd": {name: None if withheld else _number(np.sqrt(v)) for name, v in variance.items()},
        "under_rivals": {name: _number(back(middle + shift)) for name, shift in shifts.items()},
        "between_trials_known": _kind(endpoint) is not None,
        "fractures_in_trials": pooled_trials.beside(endpoint.kind),
        "runs": int(x.size),
        "runs_without_answer": int(np.sum(~answered(x))),
    }


def _set_error(x: np.ndarray) -> float:
    """Monte Carlo standard error of a mean over parameter sets; rival laws are not in it."""
    means = _mean(_mean(x, 2), 1)
    means = means[np.isfinite(means)]
    return float(means.std(ddof=1) / np.sqrt(means.size)) if means.size > 1 else np.nan


def _number(x: Any) -> float | None:
    return float(x) if np.isfinite(x) else None


def _write(result: Prediction, out: str | os.PathLike[str], force: bool) -> None:
    from brittlestar.report.predict import prediction_report

    content = result.to_dict()
    save_result(out, {"results.json": content, "report.html": prediction_report(content)}, force=force)
