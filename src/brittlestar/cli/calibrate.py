"""``brittlestar calibrate``: fit the free parameters again and tell what the data taught."""

from collections.abc import Callable
from typing import Annotated, Any

from cyclopts import Parameter

from brittlestar.cli.commands import Force, Out


def calibrate(
    *,
    out: Out = None,
    write: Annotated[
        bool, Parameter(negative=(), help="Put the values into the package's own parameter files.")
    ] = False,
    check: Annotated[
        bool,
        Parameter(
            negative=(),
            help="Fit with the numbers of ageing that the shipped fit had, and compare with its files; exit "
            "with 1 if a bit differs, or on another kind of processor a number by more than that explains.",
        ),
    ] = False,
    without: Annotated[
        bool,
        Parameter(
            negative=(),
            help="Fit the others anew instead, without each study that decided more than half of what it is "
            "held against; predict --left-out tells of them.",
        ),
    ] = False,
    density: Annotated[str, Parameter(help="Spine-density reference.")] = "default",
    force: Force = False,
) -> None:
    """Fit the calibration studies: mode, posterior ensemble, rival mechanisms. Takes most of an hour."""
    import sys
    import time

    from brittlestar._shared.errors import InputError
    from brittlestar._shared.output import check_output
    from brittlestar.cli.cost import cost
    from brittlestar.cli.terminal import announce

    if without and (out is not None or check or density != "default"):
        raise InputError("--without", "with --out, --check or --density", "accepted beside it: --write")
    if check and write:
        raise InputError("--check", "with --write", "accepted: one of them; a check fits with past numbers")
    if out is not None:
        check_output(out, force=force)
    began = time.monotonic()
    anew = (
        "Without each study that decides much, the others are fitted anew"
        if without
        else "All is fitted anew"
    )
    announce(f"{anew}: half an hour to an hour on two cores, and up to 3 GB of memory.")
    from brittlestar.evidence.calibration.ageing import with_numbers
    from brittlestar.evidence.calibration.recorded import recorded
    from brittlestar.evidence.calibration.typical_people import check_people_as_fitted
    from brittlestar.evidence.calibration.whole_calibration import run_whole_calibration

    def progress(stage: str, count: int, total: float) -> None:
        # Draws and known truths are many and quick; every fiftieth says enough.
        if stage not in ("draws", "known truths") or count % 50 == 0:
            seconds = time.monotonic() - began
            print(f"{stage}, run {count}: misfit {total:.3f} after {seconds:.0f} s", file=sys.stderr)

    if without:
        _without(write, progress)
        print(cost(began))
        return
    base = None
    if check:
        check_people_as_fitted(recorded("posterior")["people"])
        base = with_numbers(recorded("posterior")["ageing"])
    found = run_whole_calibration(density=density, base=base, progress=progress)
    if out is not None:
        found.save(out, force=force)
    print(found.words())
    differences = found.differences() if check else []
    for row in differences:
        print(f"{row['file']}: {row['said']}")
    if write and found.usual.posterior.converged:
        for path in found.write():
            print(f"wrote {path.parent.name}/{path.name}")
    else:
        print("Nothing in the package was changed.")
    print(cost(began))
    if not all(row["accepted"] for row in differences):
        raise SystemExit(1)


def _without(write: bool, progress: Callable[[str, int, float], None]) -> None:
    from brittlestar.evidence.calibration import without_study

    found = without_study.refits(progress)
    for study, one in found["studies"].items():
        ended = "converged" if one["converged"] else "NOT CONVERGED"
        print(
            f"{study}: misfit of the others {one['chi2']:.1f}, parameters moved by {one['moved']:.2f} prior "
            f"SD (root mean square), {one['runs']} runs, {ended}"
        )
    if write and all(one["converged"] for one in found["studies"].values()):
        print(f"wrote {without_study.write(found).name}")
    else:
        print("Nothing in the package was changed.")


ALL: tuple[Callable[..., Any], ...] = (calibrate,)
