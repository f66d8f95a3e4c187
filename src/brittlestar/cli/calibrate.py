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
        bool, Parameter(negative=(), help="Compare with the shipped files; exit with 1 if a number differs.")
    ] = False,
    density: Annotated[str, Parameter(help="Spine-density reference.")] = "default",
    force: Force = False,
) -> None:
    """Fit the calibration studies: mode, posterior ensemble, rival mechanisms. Takes most of an hour."""
    import sys
    import time

    from brittlestar._shared.output import check_output
    from brittlestar.cli.cost import cost

    if out is not None:
        check_output(out, force=force)
    began = time.monotonic()
    from brittlestar.evidence.calibration.whole_calibration import run_whole_calibration

    def progress(stage: str, count: int, total: float) -> None:
        # Draws and known truths are many and quick; every fiftieth says enough.
        if stage not in ("draws", "known truths") or count % 50 == 0:
            seconds = time.monotonic() - began
            print(f"{stage}, run {count}: misfit {total:.3f} after {seconds:.0f} s", file=sys.stderr)

    found = run_whole_calibration(density=density, progress=progress)
    if out is not None:
        found.save(out, force=force)
    print(found.words())
    differences = found.differences() if check else []
    for row in differences:
        print(f"{row['file']}: {'the same to the last bit' if row['same'] else row['said']}")
    if write and found.usual.posterior.converged:
        for path in found.write():
            print(f"wrote {path.parent.name}/{path.name}")
    else:
        print("Nothing in the package was changed.")
    print(cost(began))
    if not all(row["same"] for row in differences):
        raise SystemExit(1)


ALL: tuple[Callable[..., Any], ...] = (calibrate,)
