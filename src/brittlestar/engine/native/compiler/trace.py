"""From a traced program to instructions: its equations in order, loops and branches as such.

A condition that differs between people counts as true when it is for anyone of the vector: the model's loops
and branches keep the results of those for whom it was not.
"""

from typing import Any

import numpy as np
from llvmlite import ir

from brittlestar.engine.native.compiler.arrays import Small, known, small
from brittlestar.engine.native.compiler.primitives import RULES
from brittlestar.engine.native.compiler.vectors import Lanes, Value, is_constant

type Array = Any
"""``Small`` or ``Memory``"""


class Kept:
    """Places of loop-carried or branch-dependent arrays, one number per person each."""

    def __init__(self, k: Lanes, avals: Any) -> None:
        self.k, self.avals = k, list(avals)
        self.places = [[k.slot(k.vector(a.dtype)) for _ in range(int(np.prod(a.shape)))] for a in self.avals]

    def store(self, arrays: Any) -> None:
        """Put arrays there."""
        for aval, places, array in zip(self.avals, self.places, arrays, strict=True):
            array = np.broadcast_to(array, aval.shape)
            values = [self.k.lane(v, aval.dtype) for v in array.reshape(-1)]
            for value, place in zip(values, places):
                self.k.each.store(value, place)

    def load(self) -> list[Small]:
        """Take them from there."""
        return [
            small([self.k.each.load(p, typ=self.k.vector(a.dtype)) for p in places], a.shape)
            for a, places in zip(self.avals, self.places)
        ]


def lower(k: Lanes, closed: Any, arguments: list[Array]) -> list[Array]:
    """Emit a closed jaxpr; returns its results."""
    values: dict[Any, Array] = {}

    def read(atom: Any) -> Array:
        return known(np.asarray(atom.val)) if hasattr(atom, "val") else values[atom]

    jaxpr = closed.jaxpr
    values.update(zip(jaxpr.constvars, (known(np.asarray(c)) for c in closed.consts), strict=True))
    values.update(zip(jaxpr.invars, arguments, strict=True))
    for eqn in jaxpr.eqns:
        inputs = [read(atom) for atom in eqn.invars]
        results = _equation(k, eqn, inputs)
        values.update(zip(eqn.outvars, results, strict=True))
    return [read(atom) for atom in jaxpr.outvars]


def _equation(k: Lanes, eqn: Any, inputs: list[Array]) -> list[Array]:
    name = eqn.primitive.name
    if name in ("jit", "pjit", "closed_call"):
        return lower(k, eqn.params["jaxpr"], inputs)
    if name == "custom_jvp_call":
        return lower(k, eqn.params["call_jaxpr"], inputs)
    if name in _FLOW:
        return _FLOW[name](k, eqn, inputs)
    if name not in RULES:
        raise NotImplementedError(f"{name}: a primitive that native code does not know; see primitives.py")
    result = RULES[name](k, eqn, *inputs)
    return result if isinstance(result, list) else [result]


def _while(k: Lanes, eqn: Any, inputs: list[Array]) -> list[Array]:
    q = eqn.params
    test, body = inputs[: q["cond_nconsts"]], inputs[q["cond_nconsts"] :][: q["body_nconsts"]]
    first = inputs[q["cond_nconsts"] + q["body_nconsts"] :]
    kept = Kept(k, [v.aval for v in eqn.outvars])
    kept.store(first)
    head, inside, after = (k.function.append_basic_block(n) for n in ("while", "do", "done"))
    k.each.branch(head)
    k.each.position_at_end(head)
    now = kept.load()
    (more,) = lower(k, q["cond_jaxpr"], [*test, *now])
    k.each.cbranch(k.any(more[()]), inside, after)
    k.each.position_at_end(inside)
    kept.store(lower(k, q["body_jaxpr"], [*body, *now]))
    k.each.branch(head)
    k.each.position_at_end(after)
    return list(kept.load())


def _cond(k: Lanes, eqn: Any, inputs: list[Array]) -> list[Array]:
    which, arguments, branches = inputs[0][()], inputs[1:], eqn.params["branches"]
    if is_constant(which):
        return lower(k, branches[int(which)], arguments)
    if len(branches) != 2:
        raise NotImplementedError("a switch of more than two branches")
    kept = Kept(k, [v.aval for v in eqn.outvars])
    b = k.each if isinstance(which.type, ir.VectorType) else k.once
    yes = k.any(b.icmp_unsigned("!=", which, k.constant(0, which.type)))
    blocks = [k.function.append_basic_block(n) for n in ("no", "yes", "joined")]
    k.each.cbranch(yes, blocks[1], blocks[0])
    for block, branch in zip(blocks[:2], branches):
        k.each.position_at_end(block)
        kept.store(lower(k, branch, arguments))
        k.each.branch(blocks[2])
    k.each.position_at_end(blocks[2])
    return list(kept.load())


def _scan(k: Lanes, eqn: Any, inputs: list[Array]) -> list[Array]:
    q, inner = eqn.params, eqn.params["jaxpr"].jaxpr
    # Told apart by shape: what the loop runs over has one axis more outside than inside.
    outside, inside = ([v.aval.shape for v in part] for part in (eqn.invars, inner.invars))
    before_rows = sum(one == other for one, other in zip(outside, inside, strict=True))
    carried = len(eqn.outvars)
    stacked = [v.aval.shape for v in eqn.outvars] != [v.aval.shape for v in inner.outvars]
    if stacked or q["reverse"]:
        raise NotImplementedError("a scan that stacks results or runs backwards")
    constants, carry = inputs[: before_rows - carried], inputs[before_rows - carried : before_rows]
    rows = inputs[before_rows:]
    kept = Kept(k, [v.aval for v in eqn.outvars])
    kept.store(carry)
    dtypes = [v.aval.dtype for v in eqn.invars[before_rows:]]
    shelves = []
    for array, dtype in zip(rows, dtypes):
        flat = array.reshape(len(array), -1)
        shelf = k.slot(k.vector(dtype), flat.size)
        for i, value in enumerate(flat.reshape(-1)):
            k.each.store(k.lane(value, dtype), k.place(shelf, k.vector(dtype), i))
        shelves.append((shelf, flat.shape[1], dtype, array.shape[1:]))

    def body(index: Value) -> None:
        taken = []
        for shelf, size, dtype, shape in shelves:
            base = k.each.mul(index, ir.Constant(ir.IntType(64), size))
            spots = [k.each.add(base, ir.Constant(ir.IntType(64), j)) for j in range(size)]
            kind = k.vector(dtype)
            taken.append(small([k.each.load(k.place(shelf, kind, s), typ=kind) for s in spots], shape))
        kept.store(lower(k, q["jaxpr"], [*constants, *kept.load(), *taken]))

    loop(k, q["length"], body)
    return list(kept.load())


def loop(k: Lanes, count: Value | int, body: Any, start: Value | int = 0, step: Value | int = 1) -> None:
    """``body(index)`` for every index from ``start`` up to ``count``, or for every ``step``-th."""
    i64 = ir.IntType(64)
    place = k.slot(i64)
    low, high, more = (ir.Constant(i64, v) if isinstance(v, int) else v for v in (start, count, step))
    k.each.store(low, place)
    head, inside, after = (k.function.append_basic_block(n) for n in ("loop", "body", "after"))
    k.each.branch(head)
    k.each.position_at_end(head)
    index = k.each.load(place, typ=i64)
    k.each.cbranch(k.each.icmp_signed("<", index, high), inside, after)
    k.each.position_at_end(inside)
    body(index)
    k.each.store(k.each.add(index, more), place)
    k.each.branch(head)
    k.each.position_at_end(after)


_FLOW = {"while": _while, "cond": _cond, "scan": _scan}
