"""What the project writes for R, run in R: event tables, model files, data sets of trials, blocks of pages.

    python scripts/check_in_r.py             # or `make r`

Needs Rscript with the package survival; event tables and model files need mrgsolve, or rxode2. What is not
there is told and is no failure. Exit status 1 where R and the project disagree.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars as pl

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from brittlestar import Person, run_trial  # noqa: E402
from brittlestar.exchange import export_code  # noqa: E402
from brittlestar.exchange.adam.datasets import windows  # noqa: E402
from brittlestar.exchange.adam.write import adam, write_adam  # noqa: E402
from brittlestar.exchange.events.read import read_events  # noqa: E402
from brittlestar.exchange.events.units import TIME_DAYS  # noqa: E402
from brittlestar.exchange.model import OUTPUTS  # noqa: E402
from brittlestar.exchange.model_code import doses, mrgsolve, rxode2  # noqa: E402
from brittlestar.exchange.trial_tables import TrialTables  # noqa: E402
from brittlestar.statistics import kaplan_meier  # noqa: E402
from event_cases import CASES, WEIGHT, daily, given, told, with_person  # noqa: E402
from exported_cases import COUNT, NAMES, OUTPUT_DAYS, SCALES, model, truth  # noqa: E402

EXACT = 1e-9
"""Relative difference of amounts and estimates that is none."""

COURSE_AGREES = 5e-5
"""Largest difference over the largest value of a course; what the error of the export may be."""

SAME_RATIO = 1e-6
"""Relative difference of two Cox models' ratios that is none."""

PAGES = {
    "survival": ("how-to/survival-in-r.md", "how-to/to-r.md"),
    "mrgsolve": ("exchange.md",),
    "rxode2": ("exchange.md",),
}
"""Package -> pages with blocks of R for it."""

MONTHS = (3.0, 6.0, 9.0)
DAYS_PER_MONTH = 365.25 / 12
REPLICATES = 20


def r(script: str, *arguments: object) -> str:
    """Run a script of ``scripts/r``; what it prints.

    Raises:
        RuntimeError: R fails; its words.
    """
    command = ["Rscript", "--no-init-file", str(ROOT / "scripts" / "r" / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if said := failure(done):
        raise RuntimeError(f"{script}: {said}")
    return done.stdout.strip()


def failure(done: subprocess.CompletedProcess[str]) -> str:
    """What R says where it fails."""
    return done.stderr.strip()[-800:] if done.returncode else ""


def version(package: str) -> str:
    """Of an R package; empty where it is not installed."""
    asked = (
        f"cat(if (requireNamespace('{package}', quietly = TRUE)) as.character(packageVersion('{package}')))"
    )
    return subprocess.run(
        ["Rscript", "-e", asked], capture_output=True, text=True, check=False
    ).stdout.strip()


def in_numbers(case: dict) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The table of a case with numbers alone, and what its compartments 1, 2, ... receive.

    DUR, which mrgsolve does not have, is said as RATE; a record with an amount and no EVID as a dose.
    """
    header, *rows = (line.split(",") for line in case["table"].splitlines())
    columns = {name: [row[i] for row in rows] for i, name in enumerate(header)}
    if "compartments" in case:
        named = {number: said["drug"] for number, said in case["compartments"].items()}
        drugs = tuple(named.values())
    else:
        words = [word for word in columns["CMT"] if word.isalpha()]
        drugs = tuple(dict.fromkeys(words)) or (case.get("drug", "zoledronate"),)
        place = {"ls_z": "0", "": "1"} | {drug: str(i) for i, drug in enumerate(drugs, start=1)}
        columns["CMT"] = [place.get(word, "1" if "drug" in case else word) for word in columns["CMT"]]
    table = pl.DataFrame(columns).select(pl.all().replace({"": "0", ".": "0"}))
    table = table.drop("AGE", "SEX", "OITYPE", "WT", strict=False)
    table = table.select(pl.all().cast(pl.Float64, strict="refused" not in case))
    if "DUR" in table.columns:
        table = table.with_columns(RATE=pl.col("AMT") / pl.col("DUR")).drop("DUR")
    if "EVID" not in table.columns:
        table = table.with_columns(EVID=(pl.col("AMT") > 0).cast(pl.Float64))
    return table, drugs


def amounts_of(case: dict, folder: Path, end: float, times: np.ndarray, drugs: tuple[str, ...]) -> np.ndarray:
    """mg of each drug given by each day [day, drug], as the project reads the case."""
    (file := folder / "ours.csv").write_text(with_person(case["table"]), encoding="utf-8")
    plan = read_events(file, dictionary=told(case), drug=case.get("drug")).only().plan_until(end / 365.25)
    found = np.zeros((len(times), len(drugs)))
    for day, drug, mg in given(plan, end):
        found[times >= day, drugs.index(drug)] += mg
    at_home = [(a, b, drug, mg) for a, b, drug, mg in daily(plan, end)]
    at_home += [(c.start.days, c.end_day, c.drug, c.reference_mg) for c in plan.biologics if c.daily]
    for first, last, drug, mg in at_home:
        found[:, drugs.index(drug)] += mg * np.clip(times - first, 0.0, last - first)
    return found


def event_tables(folder: Path) -> Iterator[tuple[bool, str]]:
    """Every kind of record: what the project gives and what mrgsolve gives."""
    asked, compartments = [], {}
    for number, case in enumerate(CASES):
        table, compartments[number] = in_numbers(case)
        table.write_csv(folder / f"{number}.csv")
        days = TIME_DAYS[case.get("time_unit", "day")]
        asked.append((number, case.get("run", 400) / days, 1.0 / days))
    pl.DataFrame(asked, schema=["case", "end", "step"], orient="row").write_csv(folder / "cases.csv")
    r("events.R", folder)
    found = pl.read_csv(folder / "found.csv", infer_schema_length=None)
    refused = dict(pl.read_csv(folder / "refused.csv").iter_rows())
    same = 0
    for number, case in enumerate(CASES):
        name = case["name"]
        if "refused" in case:
            what = "refuses it too" if number in refused else "reads it"
            print(f"  refused here ({', '.join(case['refused'])}): {name}; mrgsolve {what}")
            continue
        if number in refused:
            yield False, f"{name}: mrgsolve refuses it: {refused[number]}"
            continue
        mine = found.filter(case=number)
        days = mine["time"].to_numpy() * TIME_DAYS[case.get("time_unit", "day")]
        drugs = compartments[number]
        scale = {"mg": 1.0, "mg/kg": WEIGHT, "ug": 1e-3}[case.get("amount_unit", "mg")]
        theirs = scale * mine.select(f"drug{i + 1}" for i in range(len(drugs))).to_numpy()
        ours = amounts_of(case, folder, case.get("run", 400), days, drugs)
        at_home = "daily" in case or any("day" in word for word in case.get("biologics", ()) if "ug" in word)
        # What is taken at home is a rate here and single doses there: the whole course is the same.
        here = slice(-1, None) if at_home else slice(None)
        apart = np.max(np.abs(ours[here] - theirs[here])) / max(np.max(theirs), 1e-300)
        same += apart <= EXACT
        if apart > EXACT:
            yield False, f"{name}: {ours[-1].tolist()} here, {theirs[-1].tolist()} mg in mrgsolve"
    yield True, f"{same} kinds of record give in mrgsolve what they give here"


def model_files(folder: Path, tool: str) -> Iterator[tuple[bool, str]]:
    """One person's model, solved by another tool, and the equations solved here at a tolerance of 1e-9."""
    write = {"mrgsolve": mrgsolve, "rxode2": rxode2}[tool]
    for number, name in enumerate(NAMES):
        file = folder / f"{tool}_{number}.{'cpp' if tool == 'mrgsolve' else 'txt'}"
        file.write_text(write(model(name), (name,)), encoding="utf-8")
        doses(model(name)).write_csv(folder / "doses.csv")
        last, result = OUTPUT_DAYS * COUNT, folder / "course.csv"
        r(f"{tool}_course.R", file, folder / "doses.csv", result, last, OUTPUT_DAYS)
        course = pl.read_csv(result, infer_schema_length=None)
        seen = course.filter(pl.col("time") % OUTPUT_DAYS == 0)
        worst, where = 0.0, ""
        for output in OUTPUTS:
            true = truth()[output][:, number]
            scale = max(SCALES.get(output, 0.0), np.abs(true).max(), 1e-9)
            apart = float(np.max(np.abs(seen[output].to_numpy() - true)) / scale)
            worst, where = max((worst, where), (apart, output))
        yield worst < COURSE_AGREES, f"{name}: {len(OUTPUTS)} outputs within {worst:.1g} ({where})"


def survival(folder: Path) -> Iterator[tuple[bool, str]]:
    """Hazard ratio and Kaplan-Meier estimates of every replicate, and the trial's own."""
    trial = run_trial("poise", replicates=REPLICATES, seed=1)
    (row,) = [e for e in trial.endpoints if (e["id"], e["arm"]) == ("hazard_ratio", "difference")]
    ours, tables = row["simulated"]["mean"], TrialTables.of(trial)
    place = [window[:2] for window in windows(tables)].index((0.0, 12.0)) + 1
    times = adam(tables)["ADTTE"].filter(PARAMCD=f"TTFX{place}")
    for format in ("csv", "xpt") if find_spec("pyreadstat") else ("csv",):
        write_adam(tables, folder / f"poise-{format}", format=format)
        r("survival.R", folder / f"poise-{format}", format, f"TTFX{place}", folder / "found.csv")
        found = pl.read_csv(folder / "found.csv")
        ratio = float(np.exp(np.mean(found["log_ratio"].to_numpy())))
        words = f"{format}: hazard ratio {ratio:.6f} by coxph, {ours:.6f} of the trial"
        yield abs(ratio / ours - 1) < SAME_RATIO, words
        apart = []
        for replicate, arm in times.select("REPLICAT", "TRT01PN").unique().iter_rows():
            mine = times.filter(REPLICAT=replicate, TRT01PN=arm)
            until, event = (mine[name].to_numpy()[None] for name in ("AVAL", "CNSR"))
            free = kaplan_meier(until, 1 - event, np.array(MONTHS) * DAYS_PER_MONTH)[0]
            theirs = found.filter(replicate=replicate).select(f"free_{arm}_{m:g}" for m in MONTHS).row(0)
            apart.append(np.max(np.abs(free - theirs)))
        words = f"{format}: Kaplan-Meier, {len(apart)} arms at {len(MONTHS)} times, within {max(apart):.1g}"
        yield max(apart) < EXACT, words


def files_of_pages(folder: Path) -> None:
    """What the blocks of R of the documentation read."""
    tables = TrialTables.of(run_trial("poise", replicates=REPLICATES, seed=1))
    for name, format in (("poise-adam", "parquet"), ("poise-csv", "csv"), ("adam", "csv")):
        write_adam(tables, folder / name, format=format)
    girl = Person(age=7, sex="female", oi_type="III")
    for name, language in (("girl.txt", "rxode2"), ("girl.cpp", "mrgsolve")):
        export_code(folder / name, girl, "zoledronate", 1, language=language, force=True)


def pages(folder: Path, package: str) -> Iterator[tuple[bool, str]]:
    """The blocks of R that the documentation has for a package, one after the other."""
    (folder / package).mkdir()
    files_of_pages(folder / package)
    others = [f"library({other})" for other in PAGES if other != package]
    for page in PAGES[package]:
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        blocks = [one for one in re.findall(r"```r\n(.*?)```", text, re.DOTALL)
                  if not any(other in one for other in others)]  # fmt: skip
        program = folder / package / "page.R"
        program.write_text("\n".join(blocks), encoding="utf-8")
        done = subprocess.run(
            ["Rscript", program.name], cwd=program.parent, capture_output=True, text=True, check=False
        )
        print(re.sub("^", "    ", done.stdout.strip(), flags=re.MULTILINE))
        yield done.returncode == 0, f"docs/{page}: {len(blocks)} blocks {failure(done)}".strip()


def main() -> int:
    """Exit status 1 where R and the project disagree."""
    if not shutil.which("Rscript"):
        print("NOT RUN: no R")
        return 0
    disagree = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checks = {
            "event tables": ("mrgsolve", lambda: event_tables(folder)),
            "model files of mrgsolve": ("mrgsolve", lambda: model_files(folder, "mrgsolve")),
            "model files of rxode2": ("rxode2", lambda: model_files(folder, "rxode2")),
            "data sets of a trial": ("survival", lambda: survival(folder)),
            **{f"documentation, {p}": (p, lambda p=p: pages(folder, p)) for p in PAGES},
        }
        for what, (package, check) in checks.items():
            found = version(package)
            print(f"{what}: {f'{package} {found}' if found else f'NOT RUN: no {package}'}")
            for agrees, words in check() if found else ():
                print(f"  {'' if agrees else 'DISAGREES: '}{words}")
                disagree += not agrees
    return int(disagree > 0)


if __name__ == "__main__":
    raise SystemExit(main())
