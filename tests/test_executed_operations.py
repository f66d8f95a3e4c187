"""The benchmark's count of executed operations, on code whose operations are known."""

import ctypes
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import numpy as np

executed = SimpleNamespace(**run_path(str(Path(__file__).parents[1] / "benchmarks" / "executed.py")))

LOOP = """
declare <4 x double> @llvm.fmuladd.v4f64(<4 x double>, <4 x double>, <4 x double>)
declare double @llvm.sqrt.f64(double)

define void @course(ptr %table, i64 %times, i64 %a, i64 %b, i64 %c, i64 %d, i64 %e) {
slots:
  %place = load ptr, ptr %table
  %first = load <4 x double>, ptr %place, align 8
  %one = extractelement <4 x double> %first, i32 0
  %root = call double @llvm.sqrt.f64(double %one)
  br label %loop

loop:
  %i = phi i64 [ 0, %slots ], [ %more, %loop ]
  %x = phi <4 x double> [ %first, %slots ], [ %y, %loop ]
  %z = call <4 x double> @llvm.fmuladd.v4f64(<4 x double> %x, <4 x double> %first, <4 x double> %first)
  %y = fdiv <4 x double> %z, %first
  %more = add i64 %i, 1
  %again = icmp slt i64 %more, %times
  br i1 %again, label %loop, label %after

after:
  %put = insertelement <4 x double> %y, double %root, i32 3
  store <4 x double> %put, ptr %place, align 8
  ret void
}
"""


def test_a_loop_counts_as_often_as_it_went_round_and_a_vector_as_its_numbers():
    counting = executed.Counting(LOOP)
    numbers = np.full(4, 4.0)
    table = (ctypes.c_void_p * 1)(numbers.ctypes.data)
    counts = counting.count(lambda: counting.code(ctypes.cast(table, ctypes.c_void_p), 3, *[0] * 5))
    # x -> (4 x + 4)/4 from 4, three times; and the root of 4.
    np.testing.assert_array_equal(numbers, [7.0, 7.0, 7.0, 2.0])
    assert dict(counts) == {"roots": 1, "fused": 3 * 4, "divisions": 3 * 4}
    assert executed.operations(counts) == 1 + 2 * 12 + 12


def test_the_peak_does_the_products_that_it_is_counted_for():
    peak = executed.Peak(4, 64)
    peak.numbers[:] = 0.5
    peak()
    # x -> x/2 + 1/2 has come to its end.
    np.testing.assert_array_equal(peak.numbers[2:], np.ones((executed.CHAINS, 4)))
    assert peak.operations == 2 * 4 * executed.CHAINS * executed.ROUNDS
