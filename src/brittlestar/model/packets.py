"""How fast bone packets are replaced, by remodelling and by growth."""

from jax import Array

from brittlestar.model.parameters import Parameters


def trabecular_packet_rate(B: Array, h: Array, g: Array, supply: Array | float, p: Parameters) -> Array:
    """Turnover of trabecular packets, 1/day: 2 v0 B/h + gam g supply; ``supply`` is new over present Tb.N."""
    return 2.0 * p.turnover.v0 * B / h + p.trabecular.gam * g * supply


def cortical_packet_rate(
    B: Array, dX: Array, qL: Array | float, Rp: Array, Re: Array, p: Parameters
) -> Array:
    """Turnover of cortical packets, 1/day: fL B + X' dRp qL 2 Rp/(Rp^2 - Re^2)."""
    return p.cortex.fL * B + dX * p.turnover.dRp * qL * 2.0 * Rp / (Rp * Rp - Re * Re)
