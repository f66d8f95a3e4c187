"""Own timing of puberty: the age whose healthy references a person has."""

from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from brittlestar._shared.parameter_files import fill


class Puberty(NamedTuple):
    """Numbers of ``puberty.toml``, ages in years, [sex] where by sex."""

    timing_from: np.ndarray
    timing_until: np.ndarray
    timing_fade: np.ndarray


def maturational_age(age_years: Any, sex: Any, shift_years: Any, xp: ModuleType = np) -> tuple[Any, Any]:
    """Age b at which most people are as mature as this one, in years, and how fast it passes, b'.

    b(a) = a - s w(a), b'(a) = 1 - s w'(a), w(a) = S((a - start)/fade) - S((a - end)/fade + 1),
    S(u) = u^3 (10 - 15 u + 6 u^2) held at 0 below u = 0 and at 1 above u = 1.

    w is 1 around puberty, so growth spurt and maturity come s years later; it is 0 in early childhood and
    when growth is over, so everybody starts alike and ends at their own adult size. S rises by 15/8 at most,
    so b rises wherever abs(s) < 8/15 fade, which :data:`brittlestar.people.limits.LIMITS` sees to.

    To shift the age of one curve of growth is the usual way to write timing (SITAR: Cole 2020,
    doi:10.1080/03014460.2020.1717615); the speed of puberty, which differs too, is left out.

    Args:
        age_years: calendar age.
        sex: codes, 0 male and 1 female.
        shift_years: s, by which puberty comes later than usual; negative where it comes earlier.
        xp: ``numpy`` or ``jax.numpy``.
    """
    p = fill(Puberty)
    precision = xp.result_type(age_years, 0.0)
    start, end = (xp.asarray(by_sex, precision)[sex] for by_sex in (p.timing_from, p.timing_until))
    rise = xp.clip((age_years - start) / p.timing_fade, 0.0, 1.0)
    fall = xp.clip((age_years - end) / p.timing_fade + 1.0, 0.0, 1.0)
    here = _smooth(rise) - _smooth(fall)
    slope = (_slope(rise) - _slope(fall)) / p.timing_fade
    return age_years - shift_years * here, 1.0 - shift_years * slope


def _smooth(u: Any) -> Any:
    return u * u * u * (10.0 - 15.0 * u + 6.0 * u * u)


def _slope(u: Any) -> Any:
    return 30.0 * u * u * (1.0 - u) * (1.0 - u)
