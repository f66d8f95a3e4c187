"""Made-up courses for tests of what follows from a course: quick, with known turnover, drug and fractures."""

from typing import Any

import numpy as np

from brittlestar.aftermath.consequences import NEEDED
from brittlestar.aftermath.received import Given
from brittlestar.engine.run import Course
from brittlestar.people.cohort import Cohort
from brittlestar.people.size import expected_height_cm, expected_weight_kg

USUAL_Z = np.array([0.0, -3.7, -5.1, -6.4])
VERTEBRAL_HAZARD = np.array([0.0, 0.22, 0.44, 0.78])


def people(n: int, age: Any, oi_type: Any = 1, sex: Any = None, first_id: int = 0) -> Cohort:
    """n people who are usual in everything else."""
    ids = first_id + np.arange(n)
    zero = np.zeros(n)
    return Cohort(
        id=ids,
        age_years=np.broadcast_to(age, (n,)),
        sex=np.broadcast_to(ids % 2 if sex is None else sex, (n,)),
        oi_type=np.broadcast_to(oi_type, (n,)),
        height_z=zero,
        weight_factor=zero + 1.0,
        eta_activity=zero,
        eta_bone=zero,
        eta_drug=zero,
        eta_absorption=zero,
        frailty=zero + 1.0,
        adherence=zero + 1.0,
        calcium_mg_per_day=zero + 1000.0,
        vitamin_d_nmol_per_l=zero + 65.0,
        puberty_shift_years=zero,
        baseline_z=zero + np.nan,
    )


def course(
    cohort: Any,
    years: float,
    *,
    rho: Any = 1.0,
    exposure: Any = 0.0,
    bsap: Any = None,
    fractures: tuple[Any, Any, Any] | None = None,
    rows_per_year: int = 12,
    **changed: Any,
) -> Course:
    """A course with resorption ``rho`` of own untreated (a value, [T, 1] or [T, n]) after entry."""
    t = np.arange(round(years * rows_per_year) + 1) / rows_per_year
    shape = (len(t), len(cohort))
    kind, sex, ages = cohort.oi_type, cohort.sex, cohort.age_years + t[:, None]
    rho = np.array(np.broadcast_to(rho, shape), float)
    rho[0] = 1.0
    outputs = {
        "bsap": 1.4 * (0.25 + 0.75 * rho) if bsap is None else np.broadcast_to(bsap, shape),
        "drug_exposure": np.broadcast_to(exposure, shape),
        "hazard_lower_limb": np.full(shape, 0.3) * rho,
        "hazard_vertebral": VERTEBRAL_HAZARD[kind] * rho,
        "height_cm": expected_height_cm(kind, sex, ages),
        "ls_z": np.broadcast_to(USUAL_Z[kind], shape),
        "microdamage": np.ones(shape),
        "turnover_ratio": rho,
        "vitamin_d_nmol_per_l": np.broadcast_to(cohort.vitamin_d_nmol_per_l, shape),
        "weight_kg": expected_weight_kg(kind, sex, ages),
    }
    assert set(outputs) == set(NEEDED)
    person, site, when = fractures or (np.zeros(0, int), np.zeros(0, int), np.zeros(0))
    return Course(
        time_years=t,
        outputs={name: np.asarray(changed.get(name, value), float) for name, value in outputs.items()},
        fracture_person=np.asarray(person, int),
        fracture_site=np.asarray(site, int),
        fracture_years=np.asarray(when, float),
    )


def infusions(years: Any, drug: int = 0, mg_per_kg: float = 0.025, **more: Any) -> Given:
    """A plan of infusions at these times."""
    day = np.asarray(years, float) * 365.25
    amount = np.tile([mg_per_kg, 0.0, 0.0, 0.0, np.inf], (len(day), 1))
    return Given(infusion_day=day, infusion_drug=np.full(len(day), drug), infusion_amount=amount, **more)


class Repeated:
    """The people at these positions, each perhaps more than once: every plan has its copy under one id."""

    def __init__(self, cohort: Cohort, index: Any):
        for name, value in vars(cohort).items():
            setattr(self, name, value[index])

    def __len__(self) -> int:
        return len(self.id)  # type: ignore[attr-defined]
