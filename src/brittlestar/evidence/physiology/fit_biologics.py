"""What biologics do to cells: their numbers, fitted outside OI and before the calibration.

Typical healthy women under each drug, expected course, bone as the parameter files have it. Fitted to the
points of calibration whose plan gives a biologic, and to what the label of romosozumab says
(``romosozumab_label.toml``). Setrusumab, of which nothing is known outside OI, follows romosozumab.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import resources

import numpy as np
from scipy.optimize import least_squares

from brittlestar._shared.parameter_files import Parameter, every_parameter
from brittlestar.care.biologics.kinetics import Numbers, drives, shipped_numbers
from brittlestar.evidence.calibration.free_parameters import Leaf, leaf
from brittlestar.evidence.calibration.native_courses import NativeCourses
from brittlestar.evidence.calibration.points import points
from brittlestar.evidence.calibration.target_values import scaled, target_value
from brittlestar.evidence.calibration.targets import Targets, plan_of
from brittlestar.evidence.calibration.typical_courses import SharedProgram
from brittlestar.model.parameters import Parameters, default_parameters

FITTED = {
    "denosumab": ("half_effect", "rankl_fall", "formation_rise"),
    "reservoir": ("fusion_time", "lost_share"),
    "teriparatide": ("formation_rise", "formation_time", "rankl_rise", "rankl_time", "tolerance"),
    "romosozumab": ("half_effect", "rankl_fall", "formation_rise", "tolerance"),
    "remodelling": ("added_limb",),
}
"""File -> what is fitted of it: of biologics, and of bone how much of what they build reaches the limbs."""

FOLLOW = ("rankl_fall", "formation_rise", "tolerance")
"""Numbers of setrusumab that are those of romosozumab."""

MOST_RANKL_FALL = 0.97
"""Some osteoclasts are born under any dose."""

DIFFERENCE = 1e-3
"""Of ln(number), for slopes: the engine's rounds stop at 1e-5."""


def fitted_numbers() -> list[Leaf]:
    """What is fitted, as ``file.name``."""
    return [Leaf(f"{file}.{name}", file, name, None) for file, names in FITTED.items() for name in names]


def file_of(number: Leaf) -> str:
    """The parameter file that holds a number, as ``folder/file``."""
    folder = "bone" if number.group == "remodelling" else "care/biologics"
    return f"{folder}/{number.group}"


def entry_of(number: Leaf) -> Parameter:
    """A number as its file states it."""
    return every_parameter()[file_of(number)][number.name]


def with_followers(values: Mapping[str, float]) -> dict[str, float]:
    """Values by path, and those of setrusumab that follow."""
    return {**values, **{f"setrusumab.{name}": values[f"romosozumab.{name}"] for name in FOLLOW}}


def evidence() -> Targets:
    """What the numbers are fitted to."""
    text = resources.files(__package__).joinpath("romosozumab_label.toml").read_text(encoding="utf-8")
    label, table = Targets(**tomllib.loads(text)), points()
    women = [t for t in table.computed.targets if t.use == "calibration" and plan_of(t.plan).biologics]
    return Targets(cohorts={**table.cohorts, **label.cohorts}, targets=(*women, *label.targets))


def put(values: Mapping[str, float], p: Parameters) -> tuple[Numbers, Parameters]:
    """The numbers of the drugs, and the model, with these values by path in the units of the files."""
    numbers = {file: dict(of_file) for file, of_file in shipped_numbers().items()}
    for number in fitted_numbers():
        value = values[number.path]
        if number.group in numbers:
            numbers[number.group][number.name] = value * entry_of(number).factor
        else:
            p = leaf(number.path).put(p, value)
    return numbers, p


def under(group: SharedProgram, numbers: Numbers) -> SharedProgram:
    """A group with what biologics do at these numbers."""
    schedules = []
    for (_, plan), schedule in zip(group.arms, group.schedules, strict=True):
        courses = plan_of(plan).biologics
        rankl, formation = drives(courses, schedule.steps, schedule.step_days, numbers=numbers)
        care = schedule.care._replace(rankl=rankl, formation=formation)
        schedules.append(replace(schedule, care=care))
    return replace(group, schedules=tuple(schedules))


def model_values(found: Targets, numbers: Numbers, p: Parameters) -> np.ndarray:
    """The model's value of every target."""
    run = NativeCourses(found, p)
    run.groups = [under(group, numbers) for group in run.groups]
    return np.array([float(target_value(target, run, run.flat)) for target in found.targets])


def fit_biologics(
    base: Parameters | None = None,
) -> tuple[dict[str, float], Callable[[Mapping[str, float]], np.ndarray]]:
    """The fitted values by path in the units of their files, and the model's value of each target at such.

    Least squares of misfits in SD and log-normal priors, from the prior centres, slopes by differences.
    """
    found, p, fitted = evidence(), base or default_parameters(), fitted_numbers()
    priors = [entry_of(number).priors[None] for number in fitted]
    centre, log_sd = np.log([one.centre for one in priors]), np.array([one.log_sd for one in priors])
    sd = np.array([target.sd for target in found.targets])
    observed = np.array([float(scaled(target, target.observed)) for target in found.targets])

    def computed(values: Mapping[str, float]) -> np.ndarray:
        return model_values(found, *put(values, p))

    def by_path(logs: np.ndarray) -> dict[str, float]:
        return {number.path: float(x) for number, x in zip(fitted, np.exp(logs), strict=True)}

    def misfits(logs: np.ndarray) -> np.ndarray:
        values = [float(scaled(t, v)) for t, v in zip(found.targets, computed(by_path(logs)), strict=True)]
        return np.concatenate([(values - observed) / sd, (logs - centre) / log_sd])

    most = np.log([MOST_RANKL_FALL if number.name == "rankl_fall" else np.inf for number in fitted])
    best = least_squares(misfits, centre, bounds=(-np.inf, most), diff_step=DIFFERENCE)
    return by_path(best.x), computed
