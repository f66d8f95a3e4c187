"""The table of healthy people as one function: both sexes side by side, one age after the other."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from llvmlite import ir

from brittlestar.engine.native.compiler.arrays import Small, small, stored
from brittlestar.engine.native.compiler.machine import NAME
from brittlestar.engine.native.compiler.trace import Kept, loop, lower
from brittlestar.engine.native.compiler.vectors import Lanes, Value
from brittlestar.model.healthy import Healthy
from brittlestar.model.healthy_course import Ageing, HealthyBone, an_age_later, at_birth, midway
from brittlestar.model.healthy_table import DAYS_BETWEEN, AtAge, ageing, columns_of, rates_of_type_i
from brittlestar.model.parameters import Parameters
from brittlestar.model.skipping import branching

SEXES = 2
"""People in a vector: one of each sex."""

_I64, _POINTER = ir.IntType(64), ir.PointerType()


def build(parameters: Parameters, bits: int) -> ir.Module:
    """The module with the function ``course(pointers, ages)``: the compiler's name of every function.

    Pointers are to the references of :class:`~brittlestar.model.healthy_table.AtAge`, each [age, sex]; to the
    median heights between which growth is counted, [2, sex]; to the leaves of the parameters; and to the
    table [sex, age, column] that it fills, :class:`~brittlestar.model.healthy.Healthy` by column.

    Args:
        parameters: arrays or their shapes.
        bits: 64 or 32, the precision.
    """
    module = ir.Module(NAME)
    kind = ir.FunctionType(ir.VoidType(), [_POINTER, _I64])
    k = Lanes(module, ir.Function(module, kind, NAME), SEXES, bits)
    table, ages = k.function.args

    def pointer(number: int) -> Value:
        return k.once.load(k.place(table, _POINTER, number, k.once), typ=_POINTER)

    one, sex = (jax.ShapeDtypeStruct((1,), dtype) for dtype in (np.float64, np.int64))
    there = AtAge(one, sex, *(one for _ in AtAge._fields[2:]))
    count = len(there)
    there_at, heights_at = [pointer(i) for i in range(count)], pointer(count)
    p, place = [], count + 1
    for leaf in jax.tree.leaves(parameters):
        start, real = pointer(place), k.scalar(np.float64)
        numbers = [
            k.once.load(k.place(start, real, i, k.once), typ=real) for i in range(int(np.prod(leaf.shape)))
        ]
        p.append(small(numbers, leaf.shape))
        place += 1
    rows_at = pointer(place)

    with branching():
        began, (by_shape, bone_shape, _) = jax.make_jaxpr(_at_first, return_shape=True)(
            there, one, one, parameters
        )
        went_on = jax.make_jaxpr(_at_next)(there, one, one, by_shape, bone_shape, parameters)
    kept = Kept(k, jax.tree.leaves((by_shape, bone_shape)))

    def read(start: Value, dtype: Any, row: Value) -> Small:
        index = k.each.mul(row, ir.Constant(_I64, SEXES))
        value = k.each.load(k.place(start, stored(k, dtype), index), typ=k.vector(dtype))
        value.align = k.scalar(dtype).width // 8 if isinstance(k.scalar(dtype), ir.IntType) else k.bits // 8
        return small([value], (1,))

    def write(age: Value, columns: Small) -> None:
        width = len(Healthy._fields)
        for lane in range(SEXES):
            row = k.each.add(k.each.mul(ir.Constant(_I64, lane), ages), age)
            start = k.place(rows_at, k.scalar(np.float64), k.each.mul(row, ir.Constant(_I64, width)))
            for i, value in enumerate(columns.reshape(-1)):
                vector = k.lane(value, np.float64)
                number = k.each.extract_element(vector, ir.Constant(ir.IntType(32), lane))
                k.each.store(number, k.place(start, k.scalar(np.float64), i), align=k.bits // 8)

    def references(age: Value) -> list[Small]:
        found = [read(at, leaf.dtype, age) for at, leaf in zip(there_at, there, strict=True)]
        return [*found, *(read(heights_at, np.float64, ir.Constant(_I64, i)) for i in range(2))]

    first = ir.Constant(_I64, 0)
    *start, columns = lower(k, began, [*references(first), *p])
    kept.store(start)
    write(first, columns)

    def on(age: Value) -> None:
        *now, columns = lower(k, went_on, [*references(age), *kept.load(), *p])
        kept.store(now)
        write(age, columns)

    loop(k, ages, on, 1)
    k.each.ret_void()
    k.close()
    return module


def _at_first(there: AtAge, first: Array, grown: Array, p: Parameters) -> tuple[Ageing, HealthyBone, Array]:
    by = ageing(there, first, grown, p)
    bone = at_birth(by, p)
    return by, bone, _columns(there, by, bone, p)


def _at_next(
    there: AtAge, first: Array, grown: Array, before: Ageing, bone: HealthyBone, p: Parameters
) -> tuple[Ageing, HealthyBone, Array]:
    by = ageing(there, first, grown, p)
    bone = an_age_later(bone, midway(before, by), DAYS_BETWEEN, p)
    return by, bone, _columns(there, by, bone, p)


def _columns(there: AtAge, by: Ageing, bone: HealthyBone, p: Parameters) -> Array:
    columns = columns_of(there, by, bone, p)
    lower, upper, other, vertebral = rates_of_type_i(columns, there.age, there.female, p)
    columns = columns._replace(rate_LL=lower, rate_UL=upper, rate_oth=other, rate_V=vertebral)
    return jnp.stack(columns)
