"""The same step as machine code, people in vectors; through XLA where none can be made.

What the equations are is read from the traced JAX program of a step, primitive by primitive, so there is one
source of truth; XLA and this agree to rounding.
"""
