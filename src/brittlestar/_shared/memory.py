"""Limits on addresses (``ulimit -v``) under which a library would end the process itself, without a word."""

import resource

from brittlestar._shared.errors import InputError

RUNS = 2_500_000_000
"""Bytes of addresses that a run takes; below 2.1e9 its libraries end the process themselves (measured)."""

CHARTS = 75_000_000_000
"""The same with charts: their engine sets 69e9 aside before it draws, and uses a thousandth (measured)."""


def check_addresses(least: int) -> None:
    """Refuse before work starts what would end the process.

    Raises:
        InputError: this process may not have so many bytes of addresses.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < least:
        what = "addresses, of which charts set aside more than they use" if least == CHARTS else "addresses"
        accepted = f"accepted: {least / 1e9:g} GB or more of {what}, or no limit (ulimit -v)"
        raise InputError("memory", f"a limit of {limit / 1e9:.2g} GB", accepted)
