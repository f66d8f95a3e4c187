"""The engines of WebAssembly that a wheel ships, made from today's step into the package (`make wasm`).

    python scripts/ship_engine.py

Those that `brittlestar site` writes, and that of `brittlestar engine` with all outputs. They bear the digest
of the step; of another step none is used, and no wheel is built with them.
"""

from brittlestar.engine.shipped import FOLDER, ship
from brittlestar.engine.wasm_engine import TABLE_NAME, engine_name, wasm_engine, wasm_table
from brittlestar.web.site.write import ENGINES


def main() -> None:
    """Make them and say how large they are."""
    made = {engine_name(*how): wasm_engine(*how) for how in ENGINES.values()}
    made |= {engine_name(): wasm_engine(), TABLE_NAME: wasm_table()}
    ship(made)
    print(f"{FOLDER}: {len(made)} engines, {sum(map(len, made.values())) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
