"""One step, many times: state, order of operations, batching, output. Double precision throughout."""

import jax

jax.config.update("jax_enable_x64", True)
