"""``brittlestar engine``: the engine as WebAssembly, for pages that run courses by themselves."""

from collections.abc import Callable
from typing import Annotated, Any

from cyclopts import Parameter

from brittlestar.cli.commands import Force, Whole


def engine(
    *,
    out: Annotated[
        str | None, Parameter(help="Directory for engine.wasm and engine.js, which runs it.")
    ] = None,
    outputs: Annotated[str | None, Parameter(help="Names to follow, e.g. ls_z,ctx; all if left out.")] = None,
    drugs: Annotated[Whole, Parameter(help="Most drugs that a plan gives.")] = 2,
    expected: Annotated[
        bool, Parameter(negative=(), help="The expected course, without fracture events.")
    ] = False,
    check: Annotated[str | None, Parameter(help="An engine.wasm: is it that of today's step?")] = None,
    force: Force = False,
) -> None:
    """Write the engine as WebAssembly, which runs in a browser without a server, or check one."""
    from importlib.resources import files

    from brittlestar._shared.errors import InputError
    from brittlestar._shared.output import check_output, output_directory
    from brittlestar._shared.user_files import read_bytes
    from brittlestar.cli.terminal import announce, progress, say

    if (out is None) == (check is None):
        raise InputError("engine", "neither or both", "accepted: one of --out and --check")
    if out is not None:
        check_output(out, force=force)
    announce("The engine as WebAssembly, some hundred kB: a second, the first time fifteen.")
    with progress("making WebAssembly", "files"):
        from brittlestar.engine.wasm_engine import check_engine, layout, wasm_engine
        from brittlestar.model.outputs import UNITS

        if check is not None:
            code = read_bytes(check, "engine")
            check_engine(code)
        else:
            names = tuple(UNITS) if outputs is None else tuple(name.strip() for name in outputs.split(","))
            code = wasm_engine(names, drugs, fates=not expected)
            with output_directory(str(out), force=force) as folder:
                (folder / "engine.wasm").write_bytes(code)
                script = files("brittlestar.web").joinpath("static", "engine.js")
                (folder / "engine.js").write_bytes(script.read_bytes())
    said = layout(code)
    what = f"{len(said['outputs'])} outputs, {said['drugs']} drugs, {len(code) / 1000:.0f} kB"
    place = f"{check} is that of today's step" if check else f"Written to {out}: engine.wasm and engine.js"
    say(f"{place}: {what}, program {said['program'][:12]}")


ALL: tuple[Callable[..., Any], ...] = (engine,)
