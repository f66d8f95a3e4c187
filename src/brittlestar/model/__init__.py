"""The model: state, parameters, equations, and one step of them. Double precision throughout."""

import jax

jax.config.update("jax_enable_x64", True)
