"""Settings of every test run: examples that repeat, and 64-bit arrays."""

import os

# Read by JAX at its first import, which must come after this line.
os.environ.setdefault("JAX_ENABLE_X64", "1")

from hypothesis import settings

settings.register_profile("brittlestar", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("brittlestar")
