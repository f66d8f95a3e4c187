"""One finding of several: the same check with other chance, and how sure its verdict is."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.stats import t

from brittlestar.evidence.leaflet.verdict import Claim, Finding


def over_seeds(findings: Sequence[Finding]) -> Finding:
    """What a check found with several seeds: words and numbers of the first, claims judged over all.

    A claim holds by its mean margin, whose Monte Carlo error is t_{0.975, n-1} SD / sqrt(n), and that of the
    parameter sets that all seeds share; a fact holds where it does with most seeds.
    """
    first = findings[0]
    if len(findings) == 1:
        return first
    statement, evidence = (
        [claim_over_seeds(same) for same in zip(*every, strict=True)]
        for every in ((f.statement for f in findings), (f.evidence for f in findings))
    )
    return replace(first, statement=statement, evidence=evidence)


def claim_over_seeds(same: Sequence[Claim]) -> Claim:
    """One claim as it was judged with each seed."""
    n, held = len(same), sum(bool(one.holds) for one in same)
    margins = [one.margin for one in same if one.margin is not None]
    counted = {"seeds": n, "held": held}
    if len(margins) < n:
        return replace(same[0], holds=2 * held > n, margin=None, **counted)
    mean, sd = float(np.mean(margins)), float(np.std(margins, ddof=1))
    shared = float(np.mean([one.error or 0.0 for one in same]))
    error = np.hypot(float(t.ppf(0.975, n - 1)) * sd / np.sqrt(n), shared)
    return replace(same[0], holds=mean > 0.0, margin=mean, error=float(error), **counted)
