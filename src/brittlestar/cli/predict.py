"""``brittlestar predict``: a trial nobody has run, or the studies that were kept to test predictions."""

from collections.abc import Callable
from typing import Annotated, Any

from cyclopts import Parameter

from brittlestar.cli.commands import Force, Out, Seed, Whole


def predict(
    protocol: Annotated[str | None, Parameter(help="A protocol file, or a published trial by name.")] = None,
    /,
    *,
    sets: Annotated[Whole, Parameter(help="Parameter sets of the posterior that are run.")] = 24,
    seed: Seed = 1,
    validation: Annotated[
        bool, Parameter(negative=(), help="Predict the studies kept for validation instead.")
    ] = False,
    out: Out = None,
    force: Force = False,
) -> None:
    """Predict a trial: mean, 50 and 90 % intervals, and what they hold.

    Published results in the protocol are taken out first and not read.
    """
    from brittlestar._shared.errors import InputError
    from brittlestar._shared.manifest import CLOSING
    from brittlestar._shared.output import check_output
    from brittlestar.cli import show

    if validation == (protocol is not None):
        raise InputError("predict", protocol, "accepted: one protocol, or --validation")
    if out is not None:
        check_output(out, force=force)
    if protocol is None:
        _validation(out, force)
        return
    with show.progress("starting", "parameter sets") as report:
        from brittlestar.evidence.predict import predict as run

        result = run(protocol, sets=sets, seed=seed, out=out, force=force, progress=report)
    for row in result.endpoints:
        low, high = row["interval"]["90"]
        mean = "no answer" if row["mean"] is None else f"{row['mean']:.3g} ({low:.3g} to {high:.3g})"
        print(f"{row['label']}, {row['arm']}, month {row['time_months']:g}: {mean} {row['unit']}")
    print("Mean with the 90 % interval for a trial of this size.")
    if result.ignored:
        print(f"{result.ignored} published results in the protocol were taken out first and not read.")
    for flag in result.extrapolation:
        print(f"Beyond what the calibration has seen: {flag['arm']}, {flag['what']}: {flag['words']}.")
    if out is not None:
        print(f"Written to {out}: results.json, report.html")
    print(CLOSING)


def _validation(out: str | None, force: bool) -> None:
    from brittlestar.evidence.validation import validate

    found = validate()
    print(found.words())
    if out is not None:
        found.save(out, force=force)


ALL: tuple[Callable[..., Any], ...] = (predict,)
