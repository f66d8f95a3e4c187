"""The engine's equations as machine code: a handful of people per instruction, states in registers and cache.

What the equations are is read from the traced JAX program of a step, primitive by primitive, so there is one
source of truth; XLA and this agree to rounding.
"""
