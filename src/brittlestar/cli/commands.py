"""What can be asked for. Everything heavy is imported inside the command that needs it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter, Token

from brittlestar.cli.event_data import (
    AmountUnit,
    DictionaryFile,
    Drug,
    TimeUnit,
    bundle_of,
    person_and_plan,
    table_of,
    with_people_of,
)

OPTIONS = {
    "age": "--age",
    "sex": "--sex",
    "oi_type": "--type",
    "plan": "--plan",
    "years": "--years",
    "height_z": "--height-z",
    "height_cm": "--height-cm",
    "weight_kg": "--weight-kg",
    "baseline_z": "--baseline-z",
    "fractures_last_2_years": "--fractures-last-2-years",
    "calcium_mg_per_day": "--calcium",
    "vitamin_d_nmol_per_l": "--vitamin-d",
    "adherence": "--adherence",
    "puberty_shift_years": "--puberty-shift-years",
    "creatinine_clearance_ml_min": "--creatinine-clearance",
    "draws": "--draws",
    "people": "--people",
    "seed": "--seed",
    "replicates": "--replicates",
    "sizes": "--sizes",
    "sets": "--sets",
    "output": "--out",
    "parameters": "--parameters",
    "precision": "--precision",
    "backend": "--backend",
    "without": "--without",
    "data": "--data",
    "id": "--id",
    "time_unit": "--time-unit",
    "amount_unit": "--amount-unit",
    "drug": "--drug",
    "dictionary": "--dictionary",
}
"""Argument of a function -> option by which it was given."""


def _whole(_: Any, tokens: Sequence[Token]) -> int:
    # Left to itself the parser takes 2.5 for 2.
    return int(tokens[0].value)


Whole = Annotated[int, Parameter(converter=_whole)]
Out = Annotated[str | None, Parameter(help="Directory for tables, summary and pictures.")]
Force = Annotated[bool, Parameter(negative=(), help="Write among other files in that directory.")]
ParameterSet = Annotated[
    str | None,
    Parameter(
        name="--parameters",
        help="Parameter set by name: v6, the shipped one, or v2, v3, v4, v5, earlier ones; or your own file "
        "(JSON, Parquet), of several sets one by its place: sets.parquet:3.",
    ),
]
Without = Annotated[
    tuple[str, ...],
    Parameter(
        negative=(), help="Switch off a channel of the effect on fractures: strength or turnover, or both."
    ),
]
Precision = Annotated[
    str | None,
    Parameter(help="Of everyone's course: float64, the default, or float32, quicker, to about 1e-5."),
]
Backend = Annotated[
    str | None,
    Parameter(help="What runs the courses: native, the default; cuda, a GPU of NVIDIA; or xla."),
]
Seed = Annotated[Whole, Parameter(help="Key of all chance; the same seed gives the same result.")]


def method_told(precision: str | None, backend: str | None) -> dict[str, str]:
    """How courses are worked out, as far as that was said."""
    told = {"precision": precision, "backend": backend}
    return {name: value for name, value in told.items() if value is not None}


def trial(
    protocol: Annotated[
        str,
        Parameter(
            help="A published trial by name (poise), all of them (all), their names (list), or a file."
        ),
    ],
    /,
    *,
    replicates: Annotated[
        int | None,
        Parameter(converter=_whole, help="How many times it is run; default 200, of all trials 50."),
    ] = None,
    seed: Seed = 1,
    out: Out = None,
    workers: Annotated[
        int | None,
        Parameter(converter=_whole, help="Processes of one core each; default: one process, all cores."),
    ] = None,
    scheduler: Annotated[
        str | None, Parameter(help="Address of a dask scheduler (tcp://...) that does the work.")
    ] = None,
    precision: Precision = None,
    backend: Backend = None,
    parameter_set: ParameterSet = None,
    without: Without = (),
    population: Annotated[
        str | None,
        Parameter(help="Event table (CSV, Parquet) whose people take part, instead of people who are drawn."),
    ] = None,
    time_unit: TimeUnit = None,
    amount_unit: AmountUnit = None,
    drug: Drug = None,
    dictionary: DictionaryFile = None,
    restart: Annotated[
        bool, Parameter(negative=(), help="Throw away what an interrupted run left there.")
    ] = False,
    write: Annotated[
        bool, Parameter(negative=(), help="Of all trials: put what was found into the package.")
    ] = False,
    force: Force = False,
) -> None:
    """Run a virtual trial and hold it against what was published.

    With --out an interrupted run goes on where it was: give the same command again.
    """
    from brittlestar._shared.errors import InputError
    from brittlestar._shared.output import check_output
    from brittlestar.cli.cost import ahead
    from brittlestar.cli.terminal import announce, progress

    if workers is not None and workers < 1:
        raise InputError("--workers", workers, "accepted: 1 or more")
    if out is not None:
        check_output(out, force=force)
    if protocol == "list":
        from brittlestar.cli import tables

        return tables.trials()
    method = method_told(precision, backend)
    of_one = {
        "--population": population,
        "--scheduler": scheduler,
        "--restart": restart or None,
        "--without": without or None,
    }
    if population is None:
        refuse_given(_of_table(time_unit, amount_unit, drug, dictionary), "accepted: with --population")
    if protocol == "all":
        refuse_given(of_one, "accepted: with one trial, by its name or file")
        from brittlestar.cli import trials

        if write:
            told = {OPTIONS[name]: value for name, value in method.items()}
            refuse_given(told, "accepted without --write: what ships is in double, by machine code")
        return trials.run(replicates, seed, out, workers, force, parameter_set, write, method)
    if write:
        raise InputError("--write", protocol, "accepted: with all, since every trial ships")
    from brittlestar.trials.protocol_texts import size

    runs, told = 200 if replicates is None else replicates, size(protocol)
    if told is not None:
        people = told.people if population is None else "the table's"
        will = f"{told.name}: {runs} trials of {people} people over {told.years:g} years"
        announce(ahead(will, runs * told.people * told.years))
    from brittlestar.trials.protocol_files import load_protocol

    asked = load_protocol(protocol)
    if population is not None:
        table = table_of(population, time_unit, amount_unit, drug, dictionary)
        asked = with_people_of(asked, table, population)
    with progress("starting", "trials") as report:
        from brittlestar.trials.run import run_trial

        result = run_trial(
            asked,
            replicates=runs,
            seed=seed,
            out=out,
            workers=workers,
            scheduler=scheduler,
            **method,
            parameters=parameter_set,
            without=without,
            restart=restart,
            force=force,
            progress=report,
        )
    from brittlestar.cli import tables
    from brittlestar.report.trial import view

    tables.show(view(result.to_dict()), *tables.written(out))


def _of_table(
    time_unit: str | None, amount_unit: str | None, drug: str | None, dictionary: str | None
) -> dict[str, Any]:
    """Options that tell of an event table."""
    return {
        "--time-unit": time_unit, "--amount-unit": amount_unit, "--drug": drug, "--dictionary": dictionary,
    }  # fmt: skip


def refuse_given(told: dict[str, Any], accepted: str) -> None:
    """Refuse options that would have no say.

    Raises:
        InputError: the first that was given.
    """
    from brittlestar._shared.errors import InputError

    for name, value in told.items():
        if value is not None:
            raise InputError(name, value, accepted)


PDF_LANGUAGES = ("en", "de")
"""Languages of the page, which loads only where a PDF is asked for."""


def _writable(pdf: Path, force: bool) -> None:
    """Whether the one page may be written there; asked before a long run."""
    from brittlestar._shared.errors import InputError

    if not pdf.parent.is_dir():
        raise InputError("--pdf", str(pdf), "accepted: a file in a directory that is there")
    if pdf.is_dir() or (pdf.exists() and not force):
        raise InputError("--pdf", str(pdf), "accepted: a new file, or one that --force replaces")


def simulate(
    *,
    age: Annotated[float | None, Parameter(help="Years.")] = None,
    sex: Annotated[str | None, Parameter(help="female or male.")] = None,
    type: Annotated[str | None, Parameter(help="I, IV, III or healthy.")] = None,
    plan: Annotated[str | None, Parameter(help="Words, a published name (see plans) or a TOML file.")] = None,
    years: Annotated[float | None, Parameter(help="Length of the course.")] = None,
    out: Out = None,
    data: Annotated[
        str | None, Parameter(help="Event table (CSV, Parquet) with the person and the doses instead.")
    ] = None,
    fhir: Annotated[
        str | None, Parameter(help="FHIR bundle (R4 or R5, JSON) with the person and the doses instead.")
    ] = None,
    id: Annotated[str | None, Parameter(help="ID of the person in the table, where it has several.")] = None,
    time_unit: TimeUnit = None,
    amount_unit: AmountUnit = None,
    drug: Drug = None,
    dictionary: DictionaryFile = None,
    height_z: Annotated[float | None, Parameter(help="SD score among people of the same type.")] = None,
    height_cm: Annotated[float | None, Parameter(help="Standing height.")] = None,
    weight_kg: Annotated[float | None, Parameter(help="Weight in kg.")] = None,
    baseline_z: Annotated[float | None, Parameter(help="Measured lumbar-spine Z-score at the start.")] = None,
    fractures_last_2_years: Annotated[
        Whole | None, Parameter(help="How many bones but the spine's broke in the last two years.")
    ] = None,
    calcium: Annotated[float | None, Parameter(help="Usual intake, mg a day.")] = None,
    vitamin_d: Annotated[float | None, Parameter(help="Usual serum 25-hydroxyvitamin D, nmol/L.")] = None,
    adherence: Annotated[float | None, Parameter(help="Share of tablets taken, 0 to 1.")] = None,
    puberty_shift_years: Annotated[
        float | None, Parameter(help="Years by which puberty comes later than usual; earlier: negative.")
    ] = None,
    creatinine_clearance: Annotated[
        float | None, Parameter(help="mL/min; only to warn where labels withhold a drug.")
    ] = None,
    draws: Annotated[Whole, Parameter(help="People who differ in what was not told.")] = 200,
    people: Annotated[Whole | None, Parameter(show=False, help="Without effect: see --draws.")] = None,
    parameter_set: ParameterSet = None,
    without: Without = (),
    seed: Seed = 1,
    pdf: Annotated[
        Path | None, Parameter(help="One page to print, as PDF, into a file of this name.")
    ] = None,
    language: Annotated[str, Parameter(help="Of that page: en, or de, a draft.")] = "en",
    force: Force = False,
) -> None:
    """Compare one person's course with and without treatment.

    Age, sex, type and plan come from options, an event table (--data) or a FHIR bundle (--fhir).
    """
    from brittlestar._shared import drawing
    from brittlestar._shared.errors import InputError
    from brittlestar._shared.output import check_output
    from brittlestar.cli.cost import ahead
    from brittlestar.cli.terminal import announce, progress

    if out is not None:
        check_output(out, force=force)
    if pdf is not None:
        _writable(pdf, force)
    if data is None:
        refuse_given(_of_table(time_unit, amount_unit, drug, dictionary), "accepted: with --data")
    if data is None and fhir is None:
        refuse_given({"--id": id}, "accepted: with --data or --fhir")
    if pdf is None and language != "en":
        raise InputError("--language", language, "accepted: with --pdf")
    if language not in PDF_LANGUAGES:
        raise InputError("--language", language, f"accepted: {' or '.join(PDF_LANGUAGES)}")
    if years is not None:
        announce(ahead(f"{draws} people over {years:g} years, with and without the plan", 2 * draws * years))
    told = {
        "age": age,
        "sex": sex,
        "oi_type": type,
        "height_z": height_z,
        "height_cm": height_cm,
        "weight_kg": weight_kg,
        "baseline_z": baseline_z,
        "fractures_last_2_years": fractures_last_2_years,
        "calcium_mg_per_day": calcium,
        "vitamin_d_nmol_per_l": vitamin_d,
        "adherence": adherence,
        "puberty_shift_years": puberty_shift_years,
    }
    if data is not None and fhir is not None:
        raise InputError("--fhir, --data", fhir, "accepted: one of the two")
    table = None if data is None else table_of(data, time_unit, amount_unit, drug, dictionary)
    table = table if fhir is None else bundle_of(fhir)
    person, care, span = person_and_plan(told, plan, years, table, id)
    with progress("starting", "courses") as report:
        from brittlestar.evidence.prediction.one_person import compare

        if out is not None or pdf is not None:
            drawing.start()
        result = compare(
            person,
            care,
            span,
            draws=draws,
            people=people,
            seed=seed,
            parameters=parameter_set,
            without=without,
            creatinine_clearance_ml_min=creatinine_clearance,
            progress=report,
        )
        if out is not None:
            result.save(out, force=force)
        if pdf is not None:
            from brittlestar._shared.extras import needs

            with needs("charts", "simulate --pdf"):
                from brittlestar.web import paper

                pdf.write_bytes(paper.pdf(result, language))
    from brittlestar.cli import tables
    from brittlestar.report.person import view

    tables.show(view(result.summary()), *tables.written(out))


def parameters(
    group: Annotated[str | None, Parameter(help="A room (bone), a file (turnover) or both.")] = None,
    /,
    *,
    assumed: Annotated[bool, Parameter(negative=(), help="Only numbers without a source.")] = False,
) -> None:
    """Print every number of the model with unit, source and status."""
    from brittlestar.cli.terminal import announce

    announce("Every number of the model: a second." if group is None else "Numbers of the model: a second.")
    from brittlestar.cli import parameter_list, tables

    tables.parameters(parameter_list.select(group, assumed))


def cite(
    run: Annotated[Path | None, Parameter(help="Directory of a run; left out: every number.")] = None,
    /,
    *,
    bibtex: Annotated[bool, Parameter(negative=(), help="As BibTeX.")] = False,
    csl: Annotated[bool, Parameter(negative=(), help="As CSL-JSON.")] = False,
) -> None:
    """Print a bibliography of what a run rests on, or every number of the model."""
    from brittlestar.cli.terminal import announce

    announce("What a run rests on: a second." if run else "What every number rests on: some seconds.")
    from brittlestar.cli import bibliography, parameter_list, tables

    found = parameter_list.sources(run)
    references = [source.reference for source in found.cited]
    if bibtex:
        print(bibliography.bibtex(references))
    elif csl:
        print(bibliography.csl_json(references))
    else:
        tables.sources(found)


def plans() -> None:
    """Print the published regimens by name, in words, with their sources."""
    from brittlestar.cli.terminal import announce

    announce("The published regimens, each read from its file: a second.")
    from brittlestar.cli import tables

    tables.plans()


def show_version() -> None:
    """Print the version of the program, of its parameters and of what it stands on."""
    from brittlestar._shared.manifest import about, set_named
    from brittlestar.model.parameters import default_parameters, identity

    shipped = identity(default_parameters())
    made = {"parameters": shipped.name, "parameters_sha256": shipped.sha256}
    for name, value in (about() | {"parameters": set_named(made)}).items():
        print(f"{name} {value}")


ALL: tuple[Callable[..., Any], ...] = (trial, simulate, parameters, cite, plans)
