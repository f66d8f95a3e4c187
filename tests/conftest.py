"""Settings of every test run: examples that repeat, 64-bit arrays, and the width of a pipe."""

import os

# Read by JAX at its first import, which must come after this line.
os.environ.setdefault("JAX_ENABLE_X64", "1")

# Workers of a parallel run are told a width; what is printed must not depend on who runs the tests.
os.environ.pop("COLUMNS", None)

from hypothesis import settings

settings.register_profile("brittlestar", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("brittlestar")
