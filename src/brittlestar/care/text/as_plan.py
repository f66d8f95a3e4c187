"""A plan from whatever names one: an object, words, the name of a published regimen, or a TOML file."""

from os import PathLike
from pathlib import Path

from brittlestar._shared.errors import InputError
from brittlestar._shared.user_files import read_text
from brittlestar.care import library
from brittlestar.care.plan import Plan
from brittlestar.care.regimen import Regimen
from brittlestar.care.said import checked
from brittlestar.care.text.parse import parse
from brittlestar.care.text.spelling import normalise


def as_plan(value: Plan | Regimen | str | PathLike[str]) -> Plan:
    """The plan that a value stands for.

    Args:
        value: a plan, one regimen, words, a published regimen's name, or the path of a ``.toml`` file.

    Raises:
        InputError: none of these, a file that cannot be read, or one that holds no plan.
    """
    if isinstance(value, Plan):
        return value
    if isinstance(value, Regimen):
        return Plan(regimens=(value,))
    if isinstance(value, PathLike) or (isinstance(value, str) and value.strip().endswith(".toml")):
        path = Path(value)
        plan = Plan.from_toml(read_text(path, "plan file"), str(path))
        if plan == Plan():
            raise InputError("plan file", str(path), "holds no plan; for none say 'no treatment'")
        return plan
    if not isinstance(value, str):
        raise InputError("plan", value, "accepted: words, a Plan, a Regimen or the path of a TOML file")
    name = normalise(checked(value))
    if name in library.USUAL:
        usual = library.published(library.USUAL[name])
        return usual.model_copy(update={"note": library.usual_note(name)})
    return library.published(name) if name in library.names() else parse(value)
