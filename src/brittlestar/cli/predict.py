"""``brittlestar predict``: a trial nobody has run, or the studies that were kept to test predictions."""

from collections.abc import Callable
from typing import Annotated, Any

from cyclopts import Parameter

from brittlestar.cli.commands import (
    Backend,
    Force,
    Out,
    ParameterSet,
    Precision,
    Seed,
    Whole,
    Without,
    method_told,
    refuse_given,
)
from brittlestar.evidence.prediction.how_many import SETS


def predict(
    protocol: Annotated[str | None, Parameter(help="A protocol file, or a published trial by name.")] = None,
    /,
    *,
    sets: Annotated[
        Whole | None,
        Parameter(
            help=f"Parameter sets of the posterior that are run, default {SETS}; more make limits exacter, "
            "up to its draws."
        ),
    ] = None,
    rival: Annotated[str | None, Parameter(help="Predict under one rival law alone, by its name.")] = None,
    parameter_set: ParameterSet = None,
    without: Without = (),
    precision: Precision = None,
    backend: Backend = None,
    seed: Seed = 1,
    seeds: Annotated[
        Whole, Parameter(help="Seeds that it is predicted with: more than 1 tell by how much limits move.")
    ] = 1,
    validation: Annotated[
        bool, Parameter(negative=(), help="Predict the studies kept for validation instead.")
    ] = False,
    left_out: Annotated[
        bool, Parameter(negative=(), help="Predict each calibration study from the others instead.")
    ] = False,
    fractures: Annotated[
        bool, Parameter(negative=(), help="Counts by arm and ratios of fractures beside those found instead.")
    ] = False,
    out: Out = None,
    force: Force = False,
) -> None:
    """Predict a trial: mean, 50 and 90 % intervals, and what they hold.

    Published results in the protocol are taken out first and not read.
    """
    import time

    from brittlestar._shared.errors import InputError
    from brittlestar._shared.output import check_output
    from brittlestar.cli.cost import cost
    from brittlestar.cli.terminal import announce, progress

    if validation + left_out + fractures + (protocol is not None) != 1:
        accepted = "accepted: one protocol, or one of --validation, --left-out, --fractures"
        raise InputError("predict", protocol, accepted)
    under: dict[str, Any] = {"sets": sets, "rival": rival, "without": without, "seed": seed}
    under |= method_told(precision, backend)
    if protocol is None:
        usual = {"without": (), "seed": 1, "seeds": 1}
        told = under | {"parameters": parameter_set, "seeds": seeds}
        given = {f"--{name}": None if value == usual.get(name) else value for name, value in told.items()}
        refuse_given(
            given, "accepted with one protocol: the other modes run with the sets and seeds declared"
        )
    if out is not None:
        check_output(out, force=force)
    began = time.monotonic()
    if protocol is None:
        (_left_out if left_out else _fractures if fractures else _validation)(out, force, began)
        return
    if seeds != 1:
        _over_seeds(protocol, seeds, under, parameter_set, out, force, began)
        return
    announce(f"The trial under {sets or SETS} parameter sets, and under rival laws: some seconds to minutes.")
    with progress("starting", "parameter sets") as report:
        from brittlestar.evidence.prediction.predict import predict as run

        result = run(
            protocol,
            **under,
            parameters=parameter_set,
            out=out,
            force=force,
            progress=report,
        )
    lines = [cost(began)] + ([f"Written to {out}"] if out is not None else [])
    from brittlestar.cli import tables
    from brittlestar.report.prediction import view

    tables.show(view(result.to_dict()), *lines)


def _over_seeds(
    protocol: str,
    seeds: int,
    under: dict[str, Any],
    parameter_set: str | None,
    out: str | None,
    force: bool,
    began: float,
) -> None:
    from brittlestar.cli import tables
    from brittlestar.cli.cost import cost
    from brittlestar.cli.terminal import announce, progress

    announce(
        f"The trial under {under['sets'] or SETS} parameter sets, {seeds} times with other chance: minutes."
    )
    with progress("starting", "seeds") as report:
        from brittlestar.evidence.prediction.over_seeds import over_seeds

        found = over_seeds(
            protocol,
            seeds=seeds,
            **under,
            parameters=parameter_set,
            out=out,
            force=force,
            progress=report,
        )
    from brittlestar.report.over_seeds import view

    tables.show(view(found.to_dict()), cost(began), *tables.written(out))


def _validation(out: str | None, force: bool, began: float) -> None:
    from brittlestar.cli.terminal import announce

    announce("The studies kept for validation, each predicted under many parameter sets: some minutes.")
    from brittlestar.cli import tables
    from brittlestar.cli.cost import cost
    from brittlestar.evidence.prediction.validation import validate
    from brittlestar.report.validation import view

    found = validate()
    if out is not None:
        found.save(out, force=force)
    tables.show(view(found.to_dict()), cost(began), *tables.written(out))


def _left_out(out: str | None, force: bool, began: float) -> None:
    from brittlestar.cli.terminal import announce

    announce(
        "Each calibration study predicted from the others, as found when parameters were fitted: seconds."
    )
    from brittlestar.cli import tables
    from brittlestar.cli.cost import cost
    from brittlestar.evidence.prediction.left_out_forecasts import left_out_forecasts
    from brittlestar.report.validation import left_out_view

    found = left_out_forecasts()
    if out is not None:
        found.save(out, force=force)
    tables.show(left_out_view(found.to_dict()), cost(began), *tables.written(out))


def _fractures(out: str | None, force: bool, began: float) -> None:
    from brittlestar.cli.terminal import announce, progress

    announce("Trials with counted fractures, each under many parameter sets: minutes.")
    with progress("starting", "parts") as report:
        from brittlestar.cli import tables
        from brittlestar.cli.cost import cost
        from brittlestar.evidence.prediction.fractures.result import fractures
        from brittlestar.report.fractures import view

        found = fractures(progress=report)
    if out is not None:
        found.save(out, force=force)
    tables.show(view(found.to_dict()), cost(began), *tables.written(out))


ALL: tuple[Callable[..., Any], ...] = (predict,)
