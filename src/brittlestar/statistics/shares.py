"""Shares that are not known exactly: Dirichlet about those stated, worth so many people."""

from collections.abc import Sequence

import numpy as np

LEAST = 1e-12
"""Smallest share that is drawn: they add up to 1 and none is nothing."""


def share_covariance(shares: np.ndarray, people: float) -> np.ndarray:
    """(diag(w) - w w')/(n + 1): of shares w that are as well known as from n people [share, share].

    Args:
        shares: w, adding up to 1.
        people: n.
    """
    return (np.diag(shares) - np.outer(shares, shares)) / (people + 1.0)


def drawn_shares(shares: np.ndarray, people: float, uniform: Sequence[np.ndarray]) -> np.ndarray:
    """Draws of such shares [draw, share]: gamma draws of shapes n w over their sum.

    Args:
        shares: w, adding up to 1, none of them 0.
        people: n.
        uniform: for each share numbers in (0, 1) [draw].
    """
    from scipy.special import gammaincinv

    each = [gammaincinv(people * w, u) for w, u in zip(shares, uniform, strict=True)]
    amount = np.maximum(np.stack(each, axis=-1), LEAST)
    return amount / amount.sum(axis=-1, keepdims=True)
