"""The course of everyone as one function: people in vectors, each through all steps before the next."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import numpy as np
from llvmlite import ir

from brittlestar.engine.native.compiler.arrays import Memory, Small, small, stored
from brittlestar.engine.native.compiler.machine import NAME
from brittlestar.engine.native.compiler.trace import Kept, loop, lower
from brittlestar.engine.native.compiler.vectors import Lanes, Value
from brittlestar.engine.native.results import AsTheyCome, Gathered, Gathering
from brittlestar.engine.program import Inputs, begin, observe, one_row
from brittlestar.model.row import Shape
from brittlestar.model.skipping import branching

_I64, _POINTER = ir.IntType(64), ir.PointerType()


def _alone(leaf: Any) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct((1, *leaf.shape[1:]), leaf.dtype)


def _of_a_row(leaf: Any) -> jax.ShapeDtypeStruct:
    """A table [output, row, plan, ...] in one row, of one plan: how many there are does not matter."""
    return jax.ShapeDtypeStruct((1, *leaf.shape[3:]), leaf.dtype)


class _Function:
    """Where the arguments are: pointers to the leaves of :class:`Inputs`, then to the results."""

    def __init__(self, k: Lanes, inputs: Inputs) -> None:
        self.k, self.inputs = k, inputs
        self.table, self.first, self.last, self.room, self.times, self.rows, self.plans = k.function.args
        self.count = 0

    def pointer(self) -> Value:
        """The next one of the table."""
        index = ir.Constant(_I64, self.count)
        self.count += 1
        place = self.k.once.gep(self.table, [index], source_etype=_POINTER)
        return self.k.once.load(place, typ=_POINTER)

    def shared(self, leaf: Any) -> Small:
        """A small array that is the same for everyone, read once."""
        k, kind, start = self.k, stored(self.k, leaf.dtype), self.pointer()
        values = [
            k.once.load(k.place(start, kind, i, k.once), typ=kind) for i in range(int(np.prod(leaf.shape)))
        ]
        return small(values, leaf.shape)

    def memory(self, leaf: Any) -> Memory:
        """A large one, left where it is."""
        return Memory(self.pointer(), np.dtype(leaf.dtype), leaf.shape)


def _vector(k: Lanes, start: Value, dtype: Any, index: Value) -> Value:
    """Address of the vector of people from ``index`` on."""
    return k.place(start, stored(k, dtype), index)


def _load(k: Lanes, start: Value, dtype: Any, index: Value) -> Small:
    kind = k.vector(dtype)
    value = k.each.load(_vector(k, start, dtype, index), typ=kind)
    value.align = k.scalar(dtype).width // 8 if isinstance(k.scalar(dtype), ir.IntType) else k.bits // 8
    return small([value], (1,))


def _when_any(k: Lanes, values: Small, body: Any) -> None:
    """Do something where one of the whole numbers is not 0 for anyone."""
    vectors = [k.lane(value, np.uint8) for value in values.reshape(-1)]
    together = vectors[0]
    for vector in vectors[1:]:
        together = k.each.or_(together, vector)
    inside, after = (k.function.append_basic_block(n) for n in ("some", "none"))
    k.each.cbranch(k.any(k.each.icmp_unsigned("!=", together, k.constant(0, together.type))), inside, after)
    k.each.position_at_end(inside)
    body()
    k.each.branch(after)
    k.each.position_at_end(after)


def build(
    inputs: Inputs,
    shape: Shape,
    width: int,
    bits: int,
    threads: Callable[[Lanes], tuple[Value, Value]] | None = None,
    gathered: bool = False,
) -> ir.Module:
    """The module with the function ``course(pointers, first, last, room, times, rows, plans)``.

    It takes the vectors of people from ``first`` up to ``last`` through ``times`` output intervals, each of
    ``rows`` rows of time; results have ``room`` people in a row. Care is that of ``plans`` plans.
    Pointers are to the leaves of ``inputs``; then, as results come, to each person's place in a row, to the
    first row of each output, and to fracture marks; or, gathered, to the source of each place, to the buffer,
    to the block of outputs in alphabetical order, and to the marks of the stretch
    (:mod:`brittlestar.engine.native.results`).
    Fracture marks must be 0 before.

    Args:
        inputs: arrays or their shapes.
        shape: what the program computes.
        width: people in a vector.
        bits: 64 or 32, the precision.
        threads: where many run the function at once, emits the number of this one and how many there are;
            they share the vectors among them.
        gathered: results are gathered and sent in rows, of one stretch.
    """
    module = ir.Module(NAME)
    kind = ir.FunctionType(ir.VoidType(), [_POINTER, *[_I64] * 6])
    k = Lanes(module, ir.Function(module, kind, NAME), width, bits)
    one = Inputs(
        jax.tree.map(_alone, inputs.people),
        _alone(inputs.plan),
        jax.tree.map(_of_a_row, inputs.rows),
        *inputs[3:],
    )
    f = _Function(k, inputs)
    people_at = [f.pointer() for _ in jax.tree.leaves(inputs.people)]
    plan_at = f.pointer()
    rows_of_plans = [f.memory(leaf) for leaf in jax.tree.leaves(one.rows)]
    references, pieces = f.memory(inputs.tables.references), f.memory(inputs.tables.pieces)
    tables = [references, pieces, f.shared(inputs.tables.step_days), f.shared(inputs.tables.seed)]
    p = [f.shared(leaf) for leaf in jax.tree.leaves(inputs.p)]
    results = _gathered(k, f, shape) if gathered else _as_they_come(k, f, shape)

    with branching():
        started, out = jax.make_jaxpr(partial(begin, shape=shape), return_shape=True)(
            one.people, one.plan, one.tables, one.p
        )
        person_shape, now_shape = out
        stepped = jax.make_jaxpr(partial(one_row, shape=shape))(
            now_shape, one.rows, person_shape, one.tables, one.p
        )
        observed = jax.make_jaxpr(partial(observe, shape=shape))(now_shape, person_shape, one.p)
    kept = Kept(k, jax.tree.leaves(now_shape))

    def everyone(group: Value) -> None:
        index = k.each.mul(group, ir.Constant(_I64, width))
        people = [
            _load(k, at, leaf.dtype, index)
            for at, leaf in zip(people_at, jax.tree.leaves(one.people), strict=True)
        ]
        plan = _load(k, plan_at, one.plan.dtype, index)
        results.begin(group)
        result = lower(k, started, [*people, plan, *tables, *p])
        person = result[: len(jax.tree.leaves(person_shape))]
        kept.store(result[len(person) :])

        def write(time: Value) -> None:
            results.write(time, lower(k, observed, [*kept.load(), *person, *p]))

        def until_output(output: Value) -> None:
            time = k.each.add(output, ir.Constant(_I64, 1))

            def one_more(part: Value) -> None:
                number = k.each.add(k.each.mul(output, f.rows), part)
                # Rows of plans, one after the other, step by step.
                now = [m.from_row(k, k.each.mul(number, f.plans)) for m in rows_of_plans]
                row = [_small_if_plain(k, m) for m in now]
                done = lower(k, stepped, [*kept.load(), *row, *person, *tables, *p])
                kept.store(done[:-1])
                marks = done[-1]

                def mark() -> None:
                    results.mark(number, marks)

                if shape.fates:
                    _when_any(k, marks, mark)

            loop(k, f.rows, one_more)
            write(time)

        write(ir.Constant(_I64, 0))
        loop(k, f.times, until_output)

    mine, apart = threads(k) if threads else (None, 1)
    results.vectors(f.first if mine is None else k.once.add(f.first, mine), f.last, apart, everyone)
    k.each.ret_void()
    k.close()
    return module


def _as_they_come(k: Lanes, f: _Function, shape: Shape) -> AsTheyCome:
    places, outputs = f.pointer(), {name: f.pointer() for name in shape.outputs}
    # Named outputs come back sorted by name, as a dictionary is flattened.
    return AsTheyCome(k, places, [outputs[name] for name in sorted(outputs)], f.pointer(), f.room)


def _gathered(k: Lanes, f: _Function, shape: Shape) -> Gathered:
    pointers = Gathering(*(f.pointer() for _ in Gathering._fields))
    return Gathered(k, pointers, len(shape.outputs), f.room, f.times, f.first)


def _small_if_plain(k: Lanes, m: Memory) -> Memory | Small:
    """Arrays without entries have nothing to read."""
    return small([], m.shape) if 0 in m.shape else m
