"""Prediction of a trial nobody has run: mean and intervals of every endpoint, split by what they hold."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from brittlestar._shared.arguments import MOST_SEED, Progress, whole_between
from brittlestar._shared.at_a_glance import Glance
from brittlestar._shared.errors import InputError
from brittlestar._shared.manifest import manifest
from brittlestar._shared.output import check_output
from brittlestar._shared.result_files import save_result, with_pictures
from brittlestar._shared.table import Column, Table, number
from brittlestar._shared.tabled import Tabled
from brittlestar.engine import Method
from brittlestar.evidence.calibration.between_trials import between_trials
from brittlestar.evidence.calibration.ensemble import ensemble
from brittlestar.evidence.calibration.rivals import rivals, weights
from brittlestar.evidence.prediction.endpoint_forecast import endpoint_forecast
from brittlestar.evidence.prediction.endpoint_spread import is_ratio, offsets
from brittlestar.evidence.prediction.extrapolation import beyond_by_arm, extrapolations
from brittlestar.evidence.prediction.how_many import SETS
from brittlestar.model.parameter_sets import Told, fingerprints, rounds_of, sets_of, spread_over
from brittlestar.model.parameters import SHIPPED, Parameters, default_parameters, identity
from brittlestar.model.switches import SWITCHES, named, switched_off
from brittlestar.report import page, prediction
from brittlestar.trials.answers import Answers, Results
from brittlestar.trials.arms import arm_rows, warnings_of
from brittlestar.trials.conduct import estimates
from brittlestar.trials.drawn_inputs import KNOWN, Worth, drawn_inputs
from brittlestar.trials.endpoint import Endpoint
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_files import load_protocol
from brittlestar.trials.summary import pooled

SCHEMA = "brittlestar/prediction/6"
GROUPS, FATES = 2, 2
"""Groups of people under each of ``SETS`` parameter sets, and fates of each group.

Two are the fewest whose variance can be split, and every set brings new ones. Limits move with the sets by
about 0.64/sqrt(sets) of their interval where parameters make all of it, 6 % with 100, and by less where
people and chance do; every limit tells its own error.
"""

RIVAL_GROUPS = 8
"""Groups of people on which rivals are held against the usual model: the same ones, and chance cancels."""

MOST_SETS = 4000
"""Sets beyond those of the ensemble repeat its members with other people and fates: chance and people are
then known better, what the data leave open of parameters is not. See ``Ensemble.worth``."""


@dataclass(frozen=True, repr=False)
class Prediction(Tabled):
    """What the model expects of a trial, and how sure it may be."""

    axes = ("id", "arm", "time_months")

    protocol: Protocol
    endpoints: list[dict[str, Any]]
    extrapolation: list[dict[str, str]]
    ignored: int
    """published results that stood in the file and were not read"""
    manifest: dict[str, Any]
    worth: dict[str, Worth]
    """for how many people what is stated of them stands, by population"""
    law: str | None = None
    """the rival law, other parameter set or switch that alone was asked for; else all laws by their weight"""

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
        from brittlestar.charts.predicted import predicted_ranges  # altair takes half a second to load

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
            "people_as_assumed": {
                who: {name: n for name, n in one._asdict().items() if n < KNOWN}
                for who, one in self.worth.items()
            },
            "visits_as_assumed": [
                {"measures": list(one.measures), "months": list(one.months), "days": list(one.open_days)}
                for one in self.protocol.visits
                if one.open_days != (0, 0)
            ],
            "between_trials": {
                kind: {
                    "sd": one.kept.median,
                    "interval_90": list(one.kept.interval()),
                    "of_the_change": one.relative is not None,
                    "studies": one.studies,
                    "results": one.results,
                }
                for kind, one in between_trials().items()
            },
            "rivals": [
                {"name": name, "label": r.label, "description": r.description, "weight": weights()[name]}
                for name, r in rivals().items()
                if self.law in (None, name)
            ],
            "switches": {name: switch.without for name, switch in SWITCHES.items()},
            "endpoints": self.endpoints,
        }


def without_results(protocol: Protocol) -> tuple[Protocol, int]:
    """The protocol with every published result taken out, and how many there were."""
    count = sum(len(e.published) + len(e.said) for e in protocol.endpoints)
    bare = tuple(e.model_copy(update={"published": (), "said": ()}) for e in protocol.endpoints)
    return protocol.model_copy(update={"endpoints": bare}), count


Found = list[dict[str, list[Answers]]]
"""Endpoint -> arm -> answers of the groups, one entry per fate."""


def _by_arm(fates: Sequence[Sequence[Results]]) -> Found:
    """Groups of people under one parameter set, each met by several fates."""
    return [{arm: [run[i][arm] for run in fates] for arm in one} for i, one in enumerate(fates[0])]


def _scaled(endpoint: Endpoint, fates: Sequence[Answers]) -> np.ndarray:
    """Estimates [group, fate] on the scale of work; NaN where a trial gave no answer."""
    x = np.stack([one.value for one in fates], axis=-1)
    return np.log(x) if is_ratio(endpoint) else x


def _mean(x: np.ndarray) -> float:
    """Of what is there; NaN of nothing."""
    known = x[np.isfinite(x)]
    return float(known.mean()) if known.size else np.nan


def _together(found: Sequence[Sequence[Answers]], ratio: bool) -> dict[str, float | None]:
    """All people of all runs as one trial; the parameter sets are the units of its Monte Carlo error."""
    sets = [Answers.join(fates) for fates in found]
    sums = [replace(one, total=one.total.sum(0)[None], weight=one.weight.sum(0)[None]) for one in sets]
    return pooled(Answers.join(sums), ratio)


def predict(
    protocol: Protocol | str,
    *,
    sets: int | None = None,
    rival: str | None = None,
    parameters: Told = None,
    without: str | Sequence[str] = (),
    seed: int = 1,
    out: str | os.PathLike[str] | None = None,
    force: bool = False,
    workers: int | None = None,
    precision: str = "float64",
    backend: str = "native",
    progress: Progress | None = None,
) -> Prediction:
    """What to expect of a trial before it is run.

    Published results that stand in the protocol are taken out first and never read. What it leaves open of
    its people (``population.open``) is drawn anew for every parameter set.

    Args:
        protocol: object, shipped name or path of a TOML file in the format of ``brittlestar trial``.
        sets: parameter sets of the posterior, by default ``SETS``; the trial runs ``GROUPS`` x ``FATES``
            times under each. More than the ensemble has members repeat them: the error that is told of the
            limits falls as if each brought something new, and that of the few members themselves is not in
            it. The result names the members and the draws that they are worth.
        rival: a rival law that alone is asked, under its own posterior; else all laws by their weight.
        parameters: another set or its name, as if known; posterior and rivals belong to the shipped one.
            Several, as those of a file (``"sets.parquet"``), stand in place of the posterior, equally likely,
            and the first is its centre; by default each runs as often as any other, ``SETS`` times or hardly
            more in all.
        without: channels of the effect on fractures that are switched off: ``strength``, ``turnover``; the
            trial is then predicted under that one set. Every prediction tells what each alone moves.
        seed: key of all chance.
        out: directory for ``results.json`` and ``report.html``; whole or not at all.
        force: write among other files in ``out``.
        workers: batches run side by side.
        precision: of everyone's course, ``"float64"`` or ``"float32"``; see ``simulate_cohort``. All else is
            double.
        backend: what runs the courses: ``"native"``, ``"cuda"`` or ``"xla"``; see ``simulate_cohort``. The
            manifest says what ran them in the end.
        progress: called with parameter sets done and in all, rivals included.

    Raises:
        InputError: a protocol, count or place that cannot be used, a rival under other parameters, or
            another precision or backend.
    """
    seed = whole_between(seed, 0, MOST_SEED - FATES, "seed")
    method, ran_by = Method.of(precision, backend), set[str]()
    if out is not None:
        check_output(out, force=force)
    found = load_protocol(protocol) if isinstance(protocol, str) else protocol
    bare, ignored = without_results(found)
    switched = named(without)
    own = [switched_off(one, switched) for one in sets_of(parameters, MOST_SETS)]
    sets = whole_between(rounds_of(own, SETS) if sets is None else sets, 2, MOST_SETS, "sets")
    several = len(own) > 1
    alone = several or identity(own[0]) != identity(default_parameters())
    if alone and rival is not None:
        raise InputError("rival", rival, "accepted: with the shipped parameters, which it was fitted beside")
    posterior = ensemble(rival)
    chosen, beside = posterior.pick(sets), rivals() if rival is None and not alone else {}
    each = spread_over(own, sets) if alone else [posterior.parameters(member) for member in chosen]
    total, done = sets + len(beside) + 1 + len(SWITCHES), 0

    def run(protocol: Protocol, numbers: np.ndarray, p: Parameters) -> Found:
        nonlocal done
        fates = [
            estimates(
                protocol, numbers, seed=seed, fates=seed + f, parameters=p, workers=workers, method=method
            )
            for f in range(FATES)
        ]
        ran_by.update(one.backend for one in fates)
        done += 1
        if progress:
            progress(done, total)
        return _by_arm([one.results for one in fates])

    inputs = drawn_inputs(bare, sets, seed)
    drawn = [
        run(as_drawn, np.arange(GROUPS) + GROUPS * i, p)
        for i, (as_drawn, p) in enumerate(zip(inputs.protocols, each, strict=True))
    ]
    same = np.arange(RIVAL_GROUPS)
    middle = own[0] if rival is None else rivals()[rival].parameters
    usual = run(bare, same, middle)
    other = {name: run(bare, same, one.parameters) for name, one in beside.items()}
    off = {name: run(bare, same, switched_off(middle, (name,))) for name in SWITCHES}
    rows: list[dict[str, Any]] = []
    beyond = {e.months: beyond_by_arm(bare, e.months / 12.0) for e in bare.endpoints}
    arms_of = {contrast: bare.arms[treated].id for treated, contrast in bare.contrasts}
    control = bare.arms[bare.control].id
    treats = {arm.id: bool(arm.care.all_drugs) for arm in bare.arms}
    for i, endpoint in enumerate(bare.endpoints):
        for arm in usual[i]:
            x = np.stack([_scaled(endpoint, one[i][arm]) for one in drawn])
            base = _scaled(endpoint, usual[i][arm])
            shifts = {name: (_scaled(endpoint, v[i][arm]) - base).ravel() for name, v in other.items()}
            together = _together([one[i][arm] for one in drawn], is_ratio(endpoint))
            treated = arms_of.get(arm, arm)
            level = None
            if treated != arm and treated in usual[i]:
                level = _together([one[i][treated] for one in drawn], ratio=False)["value"]
            earlier = None
            if bare.historical is not None:
                controls = [_scaled(endpoint, one[i][control]) for one in drawn if control in one[i]]
                earlier = _mean(np.array(controls))
            spread = offsets(
                endpoint,
                _mean(x),
                contrast=treated != arm,
                treated=treats.get(treated, True),
                level=level,
                earlier=earlier,
            )
            rows.append(
                endpoint_forecast(
                    endpoint,
                    arm,
                    x,
                    shifts,
                    together,
                    spread,
                    beyond[endpoint.months].get(treated, ()),
                    seed,
                    inputs.values,
                    {name: _scaled(endpoint, v[i][arm]) - base for name, v in off.items()},
                )
            )
    law = f"parameters {identity(own[0]).name}" if alone else rival
    off = f"without {', '.join(switched)}"
    law = ", ".join([prediction.OWN, *([off] if switched else [])]) if several else off if switched else law
    asked = {"protocol": bare.inputs, "sets": sets, "law": law or "all"} | fingerprints(own)
    different, worth = len(set(chosen.tolist())), posterior.worth
    if several:
        different = worth = min(len(own), sets)
    made_by = identity(middle)
    if rival is not None and not switched:
        made_by = made_by._replace(name=f"{SHIPPED} (law {rival})")
    result = Prediction(
        protocol=bare,
        endpoints=rows,
        extrapolation=extrapolations(bare),
        ignored=ignored,
        worth=inputs.worth,
        manifest=manifest(seed=seed, parameters=made_by, inputs=asked, sets=len(own))
        | {"parameter_sets": sets, "runs": sets * GROUPS * FATES}
        | method.told(ran_by)
        | ({"different_sets": different, "worth_draws": worth} if several or not alone else {}),
        law=law,
    )
    if out is not None:
        content = result.to_dict()
        save_result(
            out,
            with_pictures(
                {"results.json": content}, lambda: {"report.html": page.html(prediction.view(content))}
            ),
            force=force,
        )
    return result
