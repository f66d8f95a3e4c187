"""``brittlestar export``: a person's model, a simulated trial, the calibration, in formats of other tools."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from brittlestar.cli.commands import Force, Seed

_EQUATIONS = "The equations of one person over {:g} years, with a course to check them by: seconds."
_OF_A_RUN = "The tables of a trial in another form: some seconds, by how many people it has."

FORMATS = ("sbml", "omex", "rxode2", "mrgsolve", "fhir", "events", "adam", "petab", "posterior")

export = App(
    name="export", help="Write a model, a simulated trial or the calibration in another tool's format."
)

Run = Annotated[Path, Parameter(help="Directory that a trial wrote (trial --out).")]


@export.default
def other(
    format: Annotated[
        str,
        Parameter(
            help="sbml, omex, rxode2, mrgsolve, fhir; events, adam of a trial; petab, posterior of the fit."
        ),
    ],
    /,
    *_: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
) -> None:
    """Refuse a format that is none."""
    from brittlestar._shared.errors import InputError, nearest

    raise InputError("format", format, nearest(format, FORMATS))


@Parameter(name="*")
@dataclass(frozen=True)
class Asked:
    """The person, the plan and the span of a file."""

    age: Annotated[float, Parameter(help="Years.")]
    sex: Annotated[str, Parameter(help="female or male.")]
    type: Annotated[str, Parameter(help="I, IV, III or healthy.")]
    plan: Annotated[str, Parameter(help="Words, a published name (see plans) or a TOML file.")]
    years: Annotated[float, Parameter(help="Span that the file is for.")]
    height_z: Annotated[float | None, Parameter(help="SD score among people of the same type.")] = None
    height_cm: Annotated[float | None, Parameter(help="Standing height.")] = None
    weight_kg: Annotated[float | None, Parameter(help="Weight in kg.")] = None
    baseline_z: Annotated[float | None, Parameter(help="Measured lumbar-spine Z-score at the start.")] = None
    calcium: Annotated[float | None, Parameter(help="Usual intake, mg a day.")] = None
    vitamin_d: Annotated[float | None, Parameter(help="Usual serum 25-hydroxyvitamin D, nmol/L.")] = None
    adherence: Annotated[float | None, Parameter(help="Share of tablets taken, 0 to 1.")] = None
    puberty_shift_years: Annotated[
        float | None, Parameter(help="Years by which puberty comes later than usual; earlier: negative.")
    ] = None

    def write(self, function: str, out: str, force: bool, first: str = _EQUATIONS, **more: Any) -> Any:
        """Have a function of ``brittlestar.exchange`` write the file; ``first`` says what the years bring."""
        from brittlestar.cli.terminal import announce, progress

        announce(first.format(self.years))
        with progress("starting", "courses") as report:
            from brittlestar import exchange
            from brittlestar.people.person import Person

            told = asdict(self)
            plan, years = told.pop("plan"), told.pop("years")
            person = Person(
                oi_type=told.pop("type"),
                calcium_mg_per_day=told.pop("calcium"),
                vitamin_d_nmol_per_l=told.pop("vitamin_d"),
                **told,
            )
            return getattr(exchange, function)(out, person, plan, years, force=force, progress=report, **more)


File = Annotated[str, Parameter(help="File to write.")]


@export.command
def sbml(asked: Asked, *, out: File, force: Force = False) -> None:
    """Write the equations of one person under one plan as SBML, Level 3 Version 2."""
    from brittlestar._shared.manifest import CLOSING

    asked.write("export_sbml", out, force)
    print(f"Written to {out}: SBML, time in days; expected fractures only (see docs/exchange.md)")
    print(CLOSING)


@export.command
def omex(asked: Asked, *, out: File, force: Force = False) -> None:
    """Write the same with how to run it, as one COMBINE archive of SBML and SED-ML."""
    from brittlestar._shared.manifest import CLOSING

    asked.write("export_omex", out, force)
    print(f"Written to {out}: SBML and SED-ML, time in days; expected fractures only")
    print(CLOSING)


@export.command
def rxode2(asked: Asked, *, out: File, force: Force = False) -> None:
    """Write the same as a model file of rxode2, and its infusions as an event table beside it."""
    _code(asked, out, force, "rxode2")


@export.command
def mrgsolve(asked: Asked, *, out: File, force: Force = False) -> None:
    """Write the same as a model file of mrgsolve, and its infusions as an event table beside it."""
    _code(asked, out, force, "mrgsolve")


def _code(asked: Asked, out: str, force: bool, language: str) -> None:
    from brittlestar._shared.manifest import CLOSING

    table = asked.write("export_code", out, force, language=language)
    print(f"Written to {out} and {table}: {language}, time in days, AMT in infusions as planned")
    print(CLOSING)


@export.command
def fhir(
    asked: Asked,
    *,
    out: File,
    start: Annotated[str, Parameter(help="Day of entry, such as 2024-01-31.")],
    release: Annotated[str, Parameter(help="R4 or R5.")] = "R4",
    seed: Seed = 1,
    force: Force = False,
) -> None:
    """Simulate one person and write the course as a FHIR bundle, marked as test data."""
    from brittlestar._shared.manifest import CLOSING

    first = "One person over {:g} years, simulated once: seconds."
    asked.write("export_fhir", out, force, first, start=start, release=release, seed=seed)
    print(f"Written to {out}: FHIR {release}, one simulated person with doses, scans and fractures")
    print(CLOSING)


@export.command
def events(
    run: Run,
    /,
    *,
    out: Annotated[str, Parameter(help="File to write, .csv or .parquet; its dictionary goes beside it.")],
    force: Force = False,
) -> None:
    """Write a trial as an event table for NONMEM, nlmixr2, mrgsolve or Pumas, with a data dictionary."""
    from brittlestar._shared.manifest import CLOSING
    from brittlestar.cli.terminal import announce

    announce(_OF_A_RUN)
    from brittlestar.exchange.events.dictionary import dictionary_of
    from brittlestar.exchange.events.write import write_events

    write_events(run, out, force=force)
    print(f"Written to {out} and {dictionary_of(out)}: time in days, amounts in mg, doses as planned")
    print(CLOSING)


@export.command
def adam(
    run: Run,
    /,
    *,
    out: Annotated[str, Parameter(help="Directory for the data sets and their dictionary.")],
    format: Annotated[str, Parameter(help="parquet, csv, or xpt (SAS transport).")] = "parquet",
    force: Force = False,
) -> None:
    """Write a trial as ADSL, ADEX, ADLB, ADTTE and ADFX in the manner of CDISC, with a dictionary."""
    from brittlestar._shared.manifest import CLOSING
    from brittlestar.cli.terminal import announce

    announce(_OF_A_RUN)
    from brittlestar.exchange.adam.write import write_adam

    write_adam(run, out, format=format, force=force)
    print(f"Written to {out}: adsl, adex, adlb, adtte, adfx, define (.{format}; day 1 is the day of entry)")
    print(CLOSING)


@export.command
def petab(
    *,
    out: Annotated[str, Parameter(help="Directory for problem.yaml, its tables and models.")],
    force: Force = False,
) -> None:
    """Write the calibration as a problem of PEtab 2, as far as PEtab can say it."""
    from brittlestar._shared.manifest import CLOSING
    from brittlestar.cli.terminal import announce, progress

    announce("The equations of typical people, each once: some minutes.")
    with progress("starting", "models") as report:
        from brittlestar.exchange.petab.export import export_petab

        written = export_petab(out, force=force, progress=report)
    print(
        f"Written to {out}: {len(written.targets)} of {len(written.targets) + len(written.left_out)} fitted "
        f"targets; models: {len(written.models)}; fitted numbers: {len(written.fitted)}; "
        "the other targets with their reasons in left_out.tsv"
    )
    print(CLOSING)


@export.command
def posterior(
    *,
    out: Annotated[str, Parameter(help="Directory for posterior.zarr.")],
    force: Force = False,
) -> None:
    """Write the shipped posterior for ArviZ and xarray, as a DataTree in a Zarr store."""
    from brittlestar._shared.manifest import CLOSING
    from brittlestar.cli.terminal import announce

    announce("The parameter sets that ship with the package: seconds.")
    from brittlestar.evidence.calibration.shipped_tree import export_posterior

    place = export_posterior(out, force=force)
    print(f'Written to {place}: xarray.open_datatree("{place}", engine="zarr")')
    print(CLOSING)


ALL = (export,)
