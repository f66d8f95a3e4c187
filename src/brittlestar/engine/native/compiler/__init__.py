"""From traced programs of JAX to machine code in vectors; knows nothing of bone."""
