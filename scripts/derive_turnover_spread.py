"""Derive how much bone turnover differs between people (``eta_activity`` of ``people/traits.toml``).

Prints the value; ``python scripts/derive_turnover_spread.py``. Reference intervals, which hold 95 of 100, of
four markers in 194 healthy women of 35 to 39 years (doi:10.1016/j.bone.2012.02.003, automated assays) give
SDs of ln(marker), high/low = e^{2 * 1.96 SD}. What a marker varies in one person from visit to visit
(``trials/measurement.toml``) is taken out, and a marker of which a share b does not follow turnover
(``bone/markers.toml``) shows (1 - b) of what turnover differs:

    SD(turnover) = sqrt(SD(ln marker)^2 - error^2)/(1 - b)

The mean over markers; the range is what one marker alone would say.
"""

import numpy as np

from brittlestar._shared.parameter_files import load

NORMAL_95 = 1.96
INTERVALS = {
    "CTX": (0.111, 0.791, "marker_error", None),
    "NTX": (12.3, 59.7, "untx_error", "bgN"),
    "bone ALP": (5.8, 17.5, "marker_error", "bgB"),
    "P1NP": (17.3, 83.4, "marker_error", None),
}
"""Marker -> limits, number of the error between visits, number of the share that does not follow turnover."""


def turnover_spread(low: float, high: float, error: str, background: str | None) -> float:
    """SD of ln turnover as one marker tells it."""
    between_visits = float(load("brittlestar.trials", "measurement.toml")[error].value)
    aside = float(load("brittlestar.bone", "markers.toml")[background].value) if background else 0.0
    return float(np.sqrt((np.log(high / low) / (2.0 * NORMAL_95)) ** 2 - between_visits**2) / (1.0 - aside))


def main() -> None:
    """Print the SD by marker and their mean."""
    found = {name: turnover_spread(*what) for name, what in INTERVALS.items()}
    for name, sd in found.items():
        print(f"{name:10} {sd:.3f}")
    print(f"eta_activity {np.mean(list(found.values())):.2f}")


if __name__ == "__main__":
    main()
