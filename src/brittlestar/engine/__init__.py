"""One step, many times: state, order of operations, batching, output."""
