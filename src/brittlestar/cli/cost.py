"""What a command will cost, and what it has: time and memory."""

import resource
import sys
import time

SECONDS_PER_PATIENT_YEAR = 17e-6
"""Of one year of one person on two cores, measured in a cohort of 1,024; larger ones take half (README)."""


def ahead(what: str, patient_years: float) -> str:
    """One line before the work: what will be done, how large it is and about how long it takes.

    >>> ahead("200 trials of 147 people over 3 years", 200 * 147 * 3)
    '200 trials of 147 people over 3 years: some seconds, and some more the first time.'
    >>> ahead("a million people over 3 years", 3e6)
    'a million people over 3 years: about 51 s, and some more the first time.'
    """
    seconds = patient_years * SECONDS_PER_PATIENT_YEAR
    long = "some seconds" if seconds < 10 else f"about {seconds:.0f} s"
    if seconds >= 100:
        long = f"about {seconds / 60:.0f} min"
    return f"{what}: {long}, and some more the first time."


def cost(began: float) -> str:
    """One line: seconds since ``began`` (of ``time.monotonic``) and the most memory this process has held."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in KiB, macOS in bytes.
    gigabytes = most / (1e9 if sys.platform == "darwin" else 1e9 / 1024)
    return f"Took {time.monotonic() - began:.0f} s; peak memory {gigabytes:.1f} GB."
