"""``brittlestar export``: the model of one person under one plan, for other tools."""

from collections.abc import Callable
from typing import Annotated, Any

from cyclopts import Parameter

from brittlestar.cli.commands import Force

FORMATS = ("sbml",)


def export(
    format: Annotated[str, Parameter(help="sbml: Systems Biology Markup Language, Level 3 Version 2.")],
    /,
    *,
    age: Annotated[float, Parameter(help="Years.")],
    sex: Annotated[str, Parameter(help="female or male.")],
    type: Annotated[str, Parameter(help="I, IV, III or healthy.")],
    plan: Annotated[str, Parameter(help="Words, a published name (see plans) or a TOML file.")],
    years: Annotated[float, Parameter(help="Span that the file is for.")],
    out: Annotated[str, Parameter(help="File to write.")],
    height_z: Annotated[float | None, Parameter(help="SD score among people of the same type.")] = None,
    height_cm: Annotated[float | None, Parameter(help="Standing height.")] = None,
    weight_kg: Annotated[float | None, Parameter(help="Weight in kg.")] = None,
    baseline_z: Annotated[float | None, Parameter(help="Measured lumbar-spine Z-score at the start.")] = None,
    calcium: Annotated[float | None, Parameter(help="Usual intake, mg a day.")] = None,
    vitamin_d: Annotated[float | None, Parameter(help="Usual serum 25-hydroxyvitamin D, nmol/L.")] = None,
    adherence: Annotated[float | None, Parameter(help="Share of tablets taken, 0 to 1.")] = None,
    puberty_shift_years: Annotated[
        float | None, Parameter(help="Years by which puberty comes later than usual; earlier: negative.")
    ] = None,
    force: Force = False,
) -> None:
    """Write the equations of one person under one plan as a file of another tool's format."""
    from brittlestar._shared.errors import InputError, nearest
    from brittlestar._shared.manifest import CLOSING
    from brittlestar.cli.terminal import progress

    if format not in FORMATS:
        raise InputError("format", format, nearest(format, FORMATS))
    told: dict[str, Any] = {
        "height_z": height_z,
        "height_cm": height_cm,
        "weight_kg": weight_kg,
        "baseline_z": baseline_z,
        "calcium_mg_per_day": calcium,
        "vitamin_d_nmol_per_l": vitamin_d,
        "adherence": adherence,
        "puberty_shift_years": puberty_shift_years,
    }
    with progress("starting", "courses") as report:
        from brittlestar.exchange import export_sbml
        from brittlestar.people.person import Person

        person = Person(age=age, sex=sex, oi_type=type, **told)
        export_sbml(out, person, plan, years, force=force, progress=report)
    print(f"Written to {out}: SBML, time in days; expected fractures only (see docs/exchange.md)")
    print(CLOSING)


ALL: tuple[Callable[..., Any], ...] = (export,)
