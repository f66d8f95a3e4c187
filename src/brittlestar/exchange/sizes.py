"""How people grow in the model, which doses by weight and by surface go by."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from brittlestar._shared.parameter_files import DAYS_PER_YEAR, fill
from brittlestar.drugs.body_size import BodySize, body_surface_area
from brittlestar.people.size import expected_height_cm, expected_weight_kg


@dataclass(frozen=True)
class Sizes:
    """People's size on any day after entry: growth of the type from the size at entry.

    Args:
        oi_type: code [person].
        sex: code [person].
        age_years: at entry [person].
        height_z: SD score among people of the type [person].
        weight_factor: weight over what is expected of type, age and height [person].
        puberty_shift_years: by which puberty comes later than usual [person].
    """

    oi_type: np.ndarray
    sex: np.ndarray
    age_years: np.ndarray
    height_z: np.ndarray
    weight_factor: np.ndarray
    puberty_shift_years: np.ndarray

    def weight_kg(self, who: Any, days: Any) -> np.ndarray:
        """Weight on days after entry.

        Args:
            who: rows.
            days: broadcast against them.
        """
        return self._expected(expected_weight_kg, who, days) * self.weight_factor[who]

    def surface_m2(self, who: Any, days: Any) -> np.ndarray:
        """Body surface on days after entry; see :meth:`weight_kg`."""
        height = self._expected(expected_height_cm, who, days)
        return np.asarray(body_surface_area(height, self.weight_kg(who, days), fill(BodySize)))

    def _expected(self, of: Any, who: Any, days: Any) -> np.ndarray:
        years = self.age_years[who] + np.asarray(days) / DAYS_PER_YEAR
        kind, shift = (self.oi_type[who], self.sex[who]), self.puberty_shift_years[who]
        return of(*kind, years, self.height_z[who], puberty_shift_years=shift)
