"""Errors that go together, as independent ones and some in common: PEtab knows independent noise alone."""

import numpy as np
from scipy.sparse.csgraph import connected_components

SMALL = 1e-9
"""Share of a variance below which an error in common is none."""


def errors_in_common(covariance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Variances d and slopes F with diag(d) + F F' = covariance.

    With e standard normal, a result that is off by F e and by independent errors of variances d has that
    covariance, and the least of (r - F e)' diag(1/d) (r - F e) + e'e over e is r' covariance^-1 r. In each
    set of results that go together, in their own SDs, d is the least eigenvalue l of their correlations R,
    and F are the eigenvectors of R - l times the roots of their eigenvalues.

    Args:
        covariance: of errors [result, result].

    Returns:
        d [result] and F [result, error in common].
    """
    sd = np.sqrt(np.diag(covariance))
    R = covariance / np.outer(sd, sd)
    share, columns = np.ones(len(sd)), []
    _, of = connected_components(np.abs(R) > SMALL, directed=False)
    for one in range(of.max(initial=-1) + 1):
        rows = np.flatnonzero(of == one)
        if len(rows) > 1:
            size, directions = np.linalg.eigh(R[np.ix_(rows, rows)])
            share[rows] = size[0]
            for length, direction in zip(size[:0:-1] - size[0], directions.T[:0:-1]):
                if length > SMALL:
                    column = np.zeros(len(sd))
                    column[rows] = np.sqrt(length) * direction
                    columns.append(sd * column)
    return share * sd**2, np.array(columns).reshape(-1, len(sd)).T


def most_probable(d: np.ndarray, F: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    """The errors in common that leave least, (1 + F' D^-1 F)^-1 F' D^-1 gaps [error in common].

    Args:
        d, F: see :func:`errors_in_common`.
        gaps: found less model [result].
    """
    return np.linalg.solve(np.eye(F.shape[1]) + F.T @ (F / d[:, None]), F.T @ (gaps / d))
