"""The engine as one file of WebAssembly: whole courses in a browser, with no server and nothing else loaded.

The file says how it is called: its section :data:`LAYOUT` is JSON with the keys of :func:`layout`. Memory is
the caller's. What it exports is

    course(table, first, last, room, times, rows, plans)

``table`` is the address of addresses, 4 bytes each: of the ``inputs`` in order; of ``order``, int64 [person],
each person's place in the results; of every output in order, float64 [1 + output, room], the first row at
entry; and of the fracture marks, uint8 [output, row, site, room], which must be 0 before: 1 to 255 is the
share of the row that had passed, (mark - 1)/254. The rest are 64-bit numbers: vectors of ``lanes`` people
from ``first`` up to ``last``, people in a row of results, output intervals, rows of time in each, and plans.
Arrays of people are read in whole vectors, so they are filled up by repeating somebody together with their
place; people of one plan side by side have less to do. Parameters, healthy references and care are inputs:
the program is that of the equations, not of their numbers. ``web/static/engine.js`` does all of this.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

import jax
import numpy as np

from brittlestar._shared.disk_cache import keep_bytes, kept_bytes, source
from brittlestar._shared.errors import InputError
from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar._shared.schedule import Care, Schedule
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine.native.compiler.web_assembly import BITS, WIDTH, section, web_assembly, with_section
from brittlestar.engine.native.kept_programs import ready_leaves
from brittlestar.engine.native.whole_course import build
from brittlestar.engine.native.whole_table import build as build_table
from brittlestar.engine.run import Prepared, prepare
from brittlestar.engine.shipped import shipped
from brittlestar.model.amounts_given import PIECE
from brittlestar.model.healthy import Healthy
from brittlestar.model.outputs import UNITS
from brittlestar.model.parameters import default_parameters
from brittlestar.model.row import Shape
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.sampling import sample_cohort

LAYOUT = "brittlestar"
"""Name of the section that says how the file is called."""

MOST_DRUGS = 2
"""Drugs that a person's plan may give, one after the other."""

_LEADING = {"people": ("person",), "plan": ("person",), "rows": ("output", "row", "plan")}
"""First axes of inputs whose length is the caller's, by group; of the table of pieces it is ``piece``."""

_MADE_BY = "accepted: one that `brittlestar engine` of this version made"


def wasm_engine(outputs: Sequence[str] = tuple(UNITS), drugs: int = MOST_DRUGS, fates: bool = True) -> bytes:
    """The file for these outputs: shipped, or made once in about fifteen seconds and then kept.

    Args:
        outputs: names to follow, of ``model.outputs.UNITS``.
        drugs: most drugs that a run gives.
        fates: ``False`` gives the expected course without fracture events.

    Raises:
        InputError: unknown output, or a number of drugs that there are not.
    """
    if not 1 <= drugs <= len(DRUGS):
        raise InputError("drugs", drugs, f"accepted: 1 to {len(DRUGS)}")

    def make() -> bytes:
        prepared = _any_run(outputs, drugs, fates)
        text = str(build(prepared.inputs, prepared.shape, WIDTH, BITS))
        said = json.dumps(_layout(prepared, hashlib.sha256(text.encode()).hexdigest()), separators=(",", ":"))
        return with_section(web_assembly(text), LAYOUT, said.encode())

    return _made_once(engine_name(outputs, drugs, fates), make)


def engine_name(outputs: Sequence[str] = tuple(UNITS), drugs: int = MOST_DRUGS, fates: bool = True) -> str:
    """Name under which the file for these outputs is kept and shipped: of what was asked, not of the step."""
    return f"course-{hashlib.sha256(repr((tuple(outputs), drugs, fates)).encode()).hexdigest()[:16]}"


TABLE_NAME = "healthy"
"""Name of :func:`wasm_table`."""


def wasm_table() -> bytes:
    """The file that makes the table of healthy people of any parameter set; its section names ``parameters``.

    How it is called stands in :func:`brittlestar.engine.native.whole_table.build`; ``engine.js`` does it.
    """

    def make() -> bytes:
        p = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), default_parameters())
        p = p._replace(drugs=type(p.drugs)(*(column[:1, None] for column in p.drugs)))
        names = [name for name, _ in _named(p)]
        text = str(build_table(p, BITS))
        said = {"program": hashlib.sha256(text.encode()).hexdigest(), "parameters": names}
        return with_section(web_assembly(text), LAYOUT, json.dumps(said, separators=(",", ":")).encode())

    return _made_once(TABLE_NAME, make)


def _made_once(name: str, make: Callable[[], bytes]) -> bytes:
    """What was shipped for today's step, or kept of an earlier run, else made now and kept."""
    if (code := shipped(name)) is not None:
        return code
    tools = version("jax"), version("llvmlite")
    file = f"{hashlib.sha256(f'wasm {source()}{tools}{name}'.encode()).hexdigest()}.wasm"
    if (code := kept_bytes(file)) is None:
        code = make()
        keep_bytes(file, code)
    return code


def layout(engine: bytes) -> dict[str, Any]:
    """How a file is called: ``program`` (SHA-256 of what it was made from: step, equations, compiler),
    ``lanes``, ``drugs``, ``fates``, ``inputs`` (name, type, shape; lengths of the caller are words),
    ``outputs`` (name, unit), ``sites``, ``columns`` of tables, ``days_per_year``.

    Raises:
        InputError: no such file.
    """
    try:
        found = json.loads(section(engine, LAYOUT) or b"")
    except ValueError:
        found = None
    if not isinstance(found, dict) or "program" not in found:
        raise InputError("engine", f"{len(engine)} bytes", _MADE_BY)
    return found


def check_engine(engine: bytes) -> None:
    """Refuse a file that is not that of today's step and equations.

    Raises:
        InputError: no engine, or one of another step.
    """
    said = layout(engine)
    outputs = [output["name"] for output in said["outputs"]]
    known = all(name in UNITS for name in outputs)
    if not known or said["program"] != layout(wasm_engine(outputs, said["drugs"], said["fates"]))["program"]:
        raise InputError("engine", f"program {said['program'][:12]}", f"{_MADE_BY}: the step has changed")


def run_file(prepared: Prepared, engine: bytes) -> bytes:
    """A prepared run as one file that ``engine.js`` unpacks: the length of JSON (uint32), the JSON, arrays.

    Little-endian; the JSON has ``program``, ``sizes`` and ``arrays`` (name, type, shape, and the byte where
    each begins, counted from the end of the JSON, which is filled up to a multiple of 8).

    Raises:
        InputError: a run of another shape than the engine is for.
    """
    said, parts, place, arrays = layout(engine), [], 0, []
    if prepared.shape._replace(outputs=()) != Shape(substeps=1, cuts=True, fates=said["fates"], outputs=()):
        broken = "with" if said["fates"] else "without"
        raise InputError("run", prepared.shape[:3], f"accepted: steps in one part, {broken} fractures")
    leaves = ready_leaves(prepared.inputs, BITS)
    for (name, leaf), wanted in zip(_named(prepared.inputs), said["inputs"], strict=True):
        if wanted != _entry(name, leaf):
            raise InputError(name, [str(leaf.dtype), *np.shape(leaf)], f"accepted: {wanted}")
    for (name, _), leaf in zip(_named(prepared.inputs), leaves, strict=True):
        arrays.append({"name": name, "type": _type(leaf), "shape": leaf.shape, "at": place})
        data = leaf.tobytes() + bytes(-leaf.nbytes % 8)
        parts.append(data)
        place += len(data)
    sizes = dict(zip(_LEADING["rows"], prepared.inputs.rows.days.shape, strict=True))
    head = json.dumps({"program": said["program"], "sizes": sizes, "arrays": arrays}).encode()
    head += b" " * (-(len(head) + 4) % 8)
    return b"".join([np.uint32(len(head)).tobytes(), head, *parts])


def _any_run(outputs: Sequence[str], drugs: int, fates: bool) -> Prepared:
    """A run of the shape: who is in it and what is given does not matter to the program."""
    none = np.zeros((1, len(DRUGS), 0))
    schedule = Schedule(DRUGS, none[..., None] * np.zeros(5), none, Care.nothing(1, len(DRUGS)), 7.0)
    cohort = sample_cohort(WIDTH, seed=1, age_years=8.0)
    how: dict[str, Any] = {"output_days": 7.0, "outputs": outputs, "drugs": drugs, "fates": fates}
    return prepare(cohort, [schedule], np.zeros(WIDTH, int), 7.0 / DAYS_PER_YEAR, **how)


def _layout(prepared: Prepared, program: str) -> dict[str, Any]:
    return {
        "program": program,
        "lanes": WIDTH,
        "drugs": len(prepared.inputs.p.drugs.molar_mass),
        "fates": prepared.shape.fates,
        "inputs": [_entry(name, leaf) for name, leaf in _named(prepared.inputs)],
        "outputs": [{"name": name, "unit": UNITS[name]} for name in prepared.shape.outputs],
        "sites": list(SITES),
        "columns": {"tables.references": Healthy._fields, "tables.pieces": PIECE},
        "days_per_year": DAYS_PER_YEAR,
    }


def _named(inputs: Any) -> list[tuple[str, Any]]:
    """Arrays in the order of the program, each by its path: ``rows.care.oral_rate``."""
    paths, _ = jax.tree_util.tree_flatten_with_path(inputs)
    return [(".".join(key.name for key in path), leaf) for path, leaf in paths]


def _entry(name: str, leaf: Any) -> dict[str, Any]:
    leading = ("piece",) if name == "tables.pieces" else _LEADING.get(name.partition(".")[0], ())
    return {"name": name, "type": _type(leaf), "shape": [*leading, *np.shape(leaf)[len(leading) :]]}


def _type(leaf: Any) -> str:
    """Of the numbers in memory: a truth value is a byte."""
    kind = np.asarray(leaf).dtype
    return "uint8" if kind.kind == "b" else kind.name
