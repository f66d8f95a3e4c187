"""What a command cost: time and memory."""

import resource
import sys
import time


def cost(began: float) -> str:
    """One line: seconds since ``began`` (of ``time.monotonic``) and the most memory this process has held."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in KiB, macOS in bytes.
    gigabytes = most / (1e9 if sys.platform == "darwin" else 1e9 / 1024)
    return f"Took {time.monotonic() - began:.0f} s; peak memory {gigabytes:.1f} GB."
