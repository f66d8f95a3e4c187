"""``power``: how likely a trial is to find an effect, and how often it finds one that is not there."""

from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import Parameter, Token

from brittlestar.cli.commands import (
    OPTIONS,
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
from brittlestar.evidence.prediction.how_many import DRAWS


def _sizes(_: Any, tokens: Sequence[Token]) -> tuple[int, ...]:
    return tuple(int(word) for word in tokens[0].value.split(","))


Sizes = Annotated[
    tuple[int, ...] | None,
    Parameter(converter=_sizes, n_tokens=1, accepts_keys=False, help="People randomised, e.g. 50,100,150."),
]


def power(
    protocol: Annotated[str, Parameter(help="A published trial by name, or a protocol file.")] = "poise",
    /,
    *,
    sizes: Sizes = None,
    replicates: Annotated[
        Whole | None, Parameter(help="Trials for each number; default 2000, for --check 20000.")
    ] = None,
    draws: Annotated[
        Whole | None,
        Parameter(
            help=f"Parameter sets of the posterior, each with a population, default {DRAWS}; 1: the shipped "
            "set."
        ),
    ] = None,
    check: Annotated[bool, Parameter(negative=(), help="Hold the analysis against theory.")] = False,
    parameter_set: ParameterSet = None,
    without: Without = (),
    precision: Precision = None,
    backend: Backend = None,
    seed: Seed = 1,
    out: Out = None,
    force: Force = False,
) -> None:
    """Power, type I error, sample size and duration of a trial."""
    import time

    from brittlestar._shared.output import check_output
    from brittlestar.cli.terminal import announce, progress

    method = method_told(precision, backend)
    if check:
        told = {"--sizes": sizes, "--draws": draws}
        told |= {"--parameters": parameter_set, "--without": without or None}
        told |= {OPTIONS[name]: value for name, value in method.items()}
        refuse_given(told, "accepted without --check, which runs the shipped set")
    if out is not None:
        check_output(out, force=force)
    began = time.monotonic()
    announce("Trials drawn from pools of people that are followed once: some seconds to minutes.")
    with progress("starting", "pools of people") as report:
        from brittlestar.evidence.prediction.posterior_power import power as posterior_power
        from brittlestar.trials.power.check import check_run
        from brittlestar.trials.power.result import save

        if check:
            content = check_run(protocol, replicates=replicates, seed=seed)
        else:
            content = posterior_power(
                protocol,
                sizes=sizes,
                replicates=replicates,
                draws=draws,
                parameters=parameter_set,
                without=without,
                seed=seed,
                **method,
                progress=report,
            ).to_dict()
        if out is not None:
            save(content, out, force=force)
    from brittlestar.cli import tables
    from brittlestar.cli.cost import cost
    from brittlestar.report.power import check_view, view

    shown = check_view(content) if check else view(content)
    tables.show(shown, cost(began), *tables.written(out))


ALL = (power,)
