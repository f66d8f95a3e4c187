"""What a DXA scanner reads from the skeleton of the model."""

from typing import NamedTuple

from jax import Array
from jax.typing import ArrayLike

from brittlestar._shared.level_off import level_off


class Scanner(NamedTuple):
    """Parameters of ``scanner.toml`` (cm)."""

    th: ArrayLike
    eD: ArrayLike
    d_AP: ArrayLike
    d_AP_height: ArrayLike
    tblh_spine: ArrayLike
    Z_free: ArrayLike
    Z_most: ArrayLike


def spine_ratio(yT: Array, mineral_ratio: Array, r: Array, maturity: Array, S: Array, p: Scanner) -> Array:
    """Lumbar-spine aBMD over the healthy median of the same age and sex: yT (c/cH) r^eD M/M_peers.

    Above a Z-score of ``Z_free`` it levels off towards ``Z_most``: a bone has room for marrow and vessels.

    ``yT`` is bone amount (trabecular share th, shell 1 - th), ``r`` height relative to the median: a smaller
    vertebra is less deep, so it reads less per area; ``maturity`` M/M_peers, the healthy median of people as
    mature over that of people as old; ``S`` the spread of the healthy reference.
    """
    return level_off(yT * mineral_ratio * r**p.eD * maturity, 1.0 + p.Z_free * S, 1.0 + p.Z_most * S)


def z_score(ratio: Array, S: Array) -> Array:
    """Ordinary SD score (aBMD/M - 1)/S, Box-Cox power 1: it stays meaningful far below -4."""
    return (ratio - 1.0) / S


def bmad(abmd: Array, height_cm: Array, p: Scanner) -> Array:
    """Apparent volumetric density, g/cm3: aBMD over vertebral depth (3.3 cm at 163 cm height)."""
    return abmd / (p.d_AP * height_cm / p.d_AP_height)


def total_body_ratio(spine: Array, limb: Array, r: Array, p: Scanner) -> Array:
    """Total body less head aBMD relative to healthy: 0.3 spine + 0.7 limb r."""
    return p.tblh_spine * spine + (1.0 - p.tblh_spine) * limb * r
