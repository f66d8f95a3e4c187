"""The model: ``equations.py`` states it, ``step.py`` is the order of a week; parameters, state, outputs."""

import jax

jax.config.update("jax_enable_x64", True)
