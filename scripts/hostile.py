"""Hostile inputs through every door: each is answered with a result or one sentence, soon, in finite numbers.

``make hostile`` sends 20,000; a part of them runs in the tests. An input is drawn from the seed, its door and
its number alone, so that ``--door words --first 123 --count 1`` gives the same again. A failing input is
printed in full. Ends with 1 if one failed, or if a kind of answer that must occur did not.

An input has 10 s of processor time, all cores together, and 10 s on the clock. On a machine that others use
too only the first tells about the input: ``--waiting 60`` gives it more of the second.
"""

import argparse
import asyncio
import contextlib
import faulthandler
import io
import json
import math
import os
import random
import re
import shutil
import signal
import stat
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import brittlestar as bs
import legal_questions
from brittlestar._shared.budget import GIB, Budget
from brittlestar._shared.errors import InputError
from brittlestar._shared.output import SUMS, intact
from brittlestar.care import as_plan, library, parse
from brittlestar.cli import FAULT, INTERRUPTED, MISTAKE, main
from brittlestar.cli import query as asking
from brittlestar.trials import protocol_texts

MOST_SECONDS = 10
"""Of processor time for one input."""

COMPILING_SECONDS = 20
"""For the first inputs of a door, which compile two programs side by side, once for a machine: 6 to 8 s of
processor time where nothing else runs, 13 s beside other work (measured)."""

BUDGET = Budget(work=8e6, memory=1.0 * GIB)
"""Most that a comparison may cost here: some seconds. That of the command line, of the same kind, lets
minutes of honest work through; so what is taken must be answered in time, and what is not must be told."""

OVER = "make smaller: "
"""In the sentence of a budget."""

MOST_ERROR = 2000
"""Characters of an error: it is a sentence, not an echo of what was sent."""

NOT_FINITE = "could not be computed"
"""In the sentence about a course that is not finite: it is refused, and is a fault all the same."""

ENOUGH = 2000
"""Inputs of all doors, of which some must meet everything that :func:`missed` names."""

BEGUN: Counter[str] = Counter()
"""Courses that were begun."""

Chance = random.Random

NUMBERS = ["0", "-0", "-1", "1", "2.5", "1e308", "-1e308", "1e-320", "1e400", "nan", "inf",
           "-inf", "0,5", "1,000", "1_000", "0x10", "1e", "٣", "½", "1" * 30, "9" * 400,
           "1" * 5000, ".5", "5.", "+3", "0.05", "6", "12", "365"]  # fmt: skip
LETTERS = ["\ud800", "\udcff", "\0", "\n", "\r\n", "\t", "\x1b[2J", "\u202e", "\ufeff",
           "\u00a0", "\u2028", "é", "漢", "👩‍👧", "ſ", "İ", "'", '"', "\\", "{", "}", "[", "]",
           "%s", "{0}", "$(id)", "../..", ";", "--", "="]  # fmt: skip
VALUES: list[Any] = [None, True, False, math.nan, math.inf, -math.inf, -1, 0, 1, 2.5, 1e308,
    1e-320, 10**20, -(10**20), 10**400, 10**5000, "", "x", "7", "\ud800", "a\0b", "x" * 100_000,
    b"x", bytearray(b"x"), [], [1], [[]], ["x", None], {}, {"a": 1}, {None: 1}, (), (1, 2),
    set(), object(), object, len, 1j, range(3), Decimal("NaN"), Decimal(7), Fraction(1, 3),
    date(2020, 1, 1), Path("x"), np.nan, np.float32(7), np.int64(7), np.bool_(True),
    np.array([]), np.array(7.0), np.array([1.0, np.nan]), np.array(["x"]), np.array([[1, 2]]),
    np.datetime64("2020")]  # fmt: skip


@dataclass
class Door:
    """One way in: how inputs for it are made, and how they are put in."""

    name: str
    weight: int
    make: Callable[[Chance, Path], Any]
    use: Callable[[Any], Any]


@dataclass
class Report:
    """What became of the inputs."""

    answered: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    over: Counter[str] = field(default_factory=Counter)
    """refused because of what they would have cost"""
    failed: list[str] = field(default_factory=list)
    slowest: dict[str, float] = field(default_factory=dict)
    """seconds of processor time"""


class Hang(BaseException):
    """An input took too long."""


class Wrong(AssertionError):
    """An answer that must not be given."""


# What is made of what is legal


def spoiled(text: str, chance: Chance, most: int = 3) -> str:
    """A text after a few slips: numbers, letters and pieces exchanged, repeated, moved or lost."""
    for _ in range(chance.randint(1, most)):
        at, length = chance.randrange(len(text) + 1), chance.choice([0, 1, 1, 3, 10])
        piece = text[at : at + length]
        match chance.randrange(8):
            case 0:
                found = list(re.finditer(r"\d+(\.\d+)?", text))
                if found:
                    one = chance.choice(found)
                    text = text[: one.start()] + chance.choice(NUMBERS) + text[one.end() :]
            case 1:
                text = text[:at] + chance.choice(LETTERS) + text[at:]
            case 2:
                text = text[:at] + text[at + length :]
            case 3:
                text = text[:at] + piece * chance.choice([2, 3, 50]) + text[at:]
            case 4:
                to = chance.randrange(len(text) + 1)
                text = text[:to] + piece + text[to:]
            case 5:
                words = text.split(" ")
                chance.shuffle(words) if chance.random() < 0.2 else words.insert(
                    chance.randrange(len(words) + 1), chance.choice(words)
                )
                text = " ".join(words)
            case 6:
                lines = text.splitlines(keepends=True) or [""]
                one = chance.randrange(len(lines))
                lines[one : one + 1] = chance.choice([[], [lines[one]] * 2, [chance.choice(lines)]])
                text = "".join(lines)
            case _:
                text = chance.choice(
                    [text.upper(), text[:at], text[at:], text.swapcase(), text + text, f" {text} "]
                )
    return text[:60_000]


def as_bytes(text: str, chance: Chance) -> bytes:
    """A text as a file may hold it."""
    data = text.encode("utf-8", "surrogatepass" if chance.random() < 0.3 else "replace")
    match chance.randrange(12):
        case 0:
            return b"\xef\xbb\xbf" + data
        case 1:
            return data.replace(b"\n", b"\r\n")
        case 2:
            return text.encode("utf-16", "surrogatepass")
        case 3:
            at = chance.randrange(len(data) + 1)
            return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
        case 4:
            return data[: chance.randrange(len(data) + 1)]
    return data


PARTS = """
zoledronate 0.05 mg/kg iv every 6 months for 3 years
hold 28 days before until 8 weeks after surgery
alendronate 10 mg/day oral below 30 kg 5 mg/day for 2 years
osteotomy of the femur at 150 days
calcium 500 mg/day
vitamin D 400 IU/day
activity 80%
no treatment
placebo for 1 year
denosumab 1 mg/kg sc every 3 months
teriparatide 20 ug/day sc for 18 months
usual checks
stop when the lumbar-spine Z-score is above -2
first dose x0.5
over 0.5 hours
cap 4 mg
pamidronate 1 mg/kg/day iv for 3 days every 4 months for 2 years then risedronate 5 mg/day oral
"""


@cache
def phrases() -> tuple[str, ...]:
    """Plans in words, one for each thing that can be said."""
    said = [library.published(name).in_words() for name in library.names()]
    parts = PARTS.strip().splitlines()
    return (*said, *parts, ", ".join(parts[:2] + parts[3:6]))


def words(chance: Chance, _: Path) -> str:
    text = ", ".join(chance.sample(phrases(), chance.choice([1, 1, 1, 2, 3])))
    return text if chance.random() < 0.05 else spoiled(text, chance)


def use_words(text: str) -> Any:
    return told_of(parse(text))


def told_of(plan: bs.Plan) -> Any:
    """What a plan that was taken says of itself; it must read back as it was said."""
    said = plan.in_words()
    who = {"age_years": 7.0, "sex": "female"}
    doses = plan.doses(365.0, **who)
    if parse(said).doses(365.0, **who) != doses:
        raise Wrong(f"gives other doses when it is read back: {said!r}")
    plan.to_toml()
    return said, doses, [str(x) for x in plan.check(years=1.0)]


def plan_toml(chance: Chance, _: Path) -> str:
    text = library.published(chance.choice(library.names())).to_toml()
    if chance.random() < 0.3:
        with contextlib.suppress(InputError):  # a phrase that is a plan only with others
            text = parse(", ".join(chance.sample(phrases(), 2))).to_toml()
    return spoiled(text, chance)


def use_plan_toml(text: str) -> Any:
    return told_of(bs.Plan.from_toml(text))


def protocol_file(chance: Chance, place: Path) -> Path:
    text = protocol_texts.protocol_text(chance.choice(protocol_texts.library()))[0]
    (file := place / "mine.toml").write_bytes(as_bytes(spoiled(text, chance), chance))
    return file


def use_protocol(file: Path) -> Any:
    found = bs.load_protocol(str(file))
    return found.model_dump(mode="json")


# Questions

SQL = ["select", "from visits", "from patients", "*", "count(*)", "where", "group by 1",
    "order by all", "limit 3", "visits", "patients", "arm", "ls_z", "join", "using (person)", "(",
    ")", ",", ";", "copy", "to", "into", "attach", "set", "pragma", "create table t as",
    "insert into visits", "update", "delete", "install", "load", "call", "export database", "'x'",
    "'/etc/passwd'", "'/tmp/x.parquet'", "read_csv('/etc/passwd')", "read_text('/etc/hosts')",
    "glob('/*')", "interval 1 day", "date '290000-01-01'", "1e308*10", "'nan'::double",
    "[1, null]", "{'a': 1}", "map {'a': 1}", "'101'::bit", "null", "1/0", "with t as",
    "union all", "recursive", "values (1)", "describe", "summarize", "explain", "--", "/*", "*/",
    "$1", "?", "as", '"[/b]"', "range(1000)", "unnest([1,2])", "union_value(a := 1)",
    "2::hugeint", "ls_z / 0", "avg(ls_z)", "stddev(1)"]  # fmt: skip


def question(chance: Chance, place: Path) -> tuple[Path, str]:
    from pyarrow import parquet, table

    if not (place / "visits.parquet").exists():
        parquet.write_table(table({"person": [1, 2], "ls_z": [math.nan, -2.0]}), place / "visits.parquet")
        parquet.write_table(table({"person": [1, 2], "arm": ["a", "b"]}), place / "patients.parquet")
    usual = [
        "select arm, avg(ls_z) from visits join patients using (person) group by arm",
        "from visits",
        "select 1",
    ]
    if chance.random() < 0.5:
        return place, spoiled(chance.choice(usual), chance)
    return place, " ".join(chance.choice(SQL) for _ in range(chance.randint(1, 9)))


def use_question(asked: tuple[Path, str]) -> Any:
    return [frame.rows() for frame in asking.answer(*asked)]


# Files


def any_file(chance: Chance, place: Path) -> tuple[str, Path]:
    """A reader and a path of every kind, in a folder of its own."""
    folder = place / "files"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    reader = chance.choice(["plan", "protocol", "cite", "rerun", "query"])
    name = {"cite": "results.json", "query": "visits.parquet"}.get(reader, "mine.toml")
    file = folder / name
    match chance.randrange(10):
        case 0:
            file.symlink_to("/dev/zero")
        case 1:
            os.mkfifo(file)
        case 2:
            file.mkdir()
        case 3:
            with file.open("wb") as made:
                made.truncate(chance.choice([2**20 + 1, 2**40]))
        case 4:
            file.symlink_to(file)
        case 5:
            file.write_bytes(chance.randbytes(chance.choice([0, 1, 100, 5000])))
        case 6:
            file.write_bytes(b"PAR1" + chance.randbytes(chance.choice([0, 8, 100])) + b"PAR1")
        case 7:
            whole = question(chance, place)[0] / "visits.parquet"
            data = bytearray(whole.read_bytes())
            for _ in range(chance.randint(1, 4)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            file.write_bytes(data[: chance.choice([len(data), chance.randrange(len(data))])])
        case 8:
            file.write_text(
                chance.choice(["[" * 5000 + "]" * 5000, "x = " + "[" * 2000 + "]" * 2000, "null", "[]"])
            )
        case _:
            brackets = [
                [],
                {},
                None,
                1,
                {"schema": "brittlestar/x", "plan": []},
                {"schema": []},
                {"endpoints": 1},
            ]
            file.write_text(chance.choice([json.dumps(chance.choice(brackets)), "screen = 1", "self = 1"]))
    return reader, folder if reader in ("cite", "query") else file


def use_file(asked: tuple[str, Path]) -> Any:
    reader, path = asked
    if reader in ("cite", "rerun"):
        return command([reader, str(path)])
    return {
        "plan": as_plan,
        "protocol": lambda path: bs.load_protocol(str(path)),
        "query": lambda path: [f.rows() for f in asking.answer(path, "select * from visits")],
    }[reader](path)


# The command line

SMALL = """id = "small"
title = "A few people"
sources = ["assumed"]
[population]
randomised = 6
age_years = [6, 12]
types = { I = 1 }
source = "assumed"
[[arms]]
id = "a"
label = "[/b]"
control = true
plan = "no treatment"
[[arms]]
id = "b"
label = "B"
plan = "zoledronate 0.05 mg/kg iv every 6 months"
[design]
years = 1
[[visits]]
months = [0, 12]
measures = ["ls_z"]
[[endpoints]]
id = "ls_z_change"
label = "Z"
kind = "change"
measure = "ls_z"
month = 12
"""
GIRL = {
    "--age": "7",
    "--sex": "female",
    "--type": "IV",
    "--years": "0.5",
    "--draws": "2",
    "--people": "0",
    "--plan": "zoledronate 0.05 mg/kg iv every 6 months",
}
LARGE = {
    "--draws": ["3000", "9000", "20000", "100000"],
    "--people": ["0", "100000"],
    "--years": ["0.5", "5", "20", "80"],
}
"""Honest sizes, below what some seconds allow and above."""

FLAGS = ["--seed", "--draws", "--people", "--height-cm", "--weight-kg", "--baseline-z",
    "--calcium", "--adherence", "--vitamin-d", "--creatinine-clearance", "--out", "--force",
    "--help", "--x", "-", "--", "--no-force", "--replicates", "--sizes", "--csv", "--assumed",
    "--use", "--drug", "--measure", "--port", "--years"]  # fmt: skip


def hostile_word(chance: Chance) -> str:
    word = chance.choice(
        [*NUMBERS, *LETTERS, "", "x", "female", "poise", "all", "plans", "nan", "x" * 5000, "a=b"]
    )
    return word.replace("\0", "")  # no shell can hand it over


def flags(chance: Chance, place: Path) -> list[str]:
    """A command of those that end soon; one that does not gets a protocol that is none."""
    (place / "small.toml").write_text(
        SMALL if chance.random() < 0.7 else spoiled(SMALL, chance).replace("6", "6"),
        encoding="utf-8",
        errors="replace",
    )
    kind = chance.choice(["simulate"] * 5 + ["trial"] * 2 + ["light"] * 3 + ["heavy"] * 2 + ["any"])
    if kind == "simulate":
        if chance.random() < 0.15:
            told = GIRL | {flag: chance.choice(sizes) for flag, sizes in LARGE.items()}
        else:
            told = GIRL | {
                chance.choice([*GIRL, *FLAGS]): hostile_word(chance) for _ in range(chance.randint(1, 2))
            }
        if chance.random() < 0.2:
            told |= {"--out": str(place / "out")}
        return ["simulate", *(part for pair in told.items() for part in pair)]
    if kind == "trial":
        line = ["trial", str(place / "small.toml"), "--replicates", "1", "--out", str(place / "out")]
        return (
            line
            + [chance.choice(["--seed", "--replicates", "--restart"]), hostile_word(chance)][
                : chance.choice([0, 2])
            ]
        )
    if kind == "light":
        line = [chance.choice(["plans", "parameters", "cite", "evidence", "version", "query"])]
    elif kind == "heavy":
        line = [chance.choice(["power", "predict", "export", "rerun", "trial"]), hostile_word(chance) + "~"]
    else:
        line = [hostile_word(chance) + "~"]
    for _ in range(chance.randint(0, 4)):
        line.insert(chance.randint(1, len(line)), chance.choice([chance.choice(FLAGS), hostile_word(chance)]))
    line = [word for word in line if word not in ("all",)]
    # A flag may take the word that no protocol has; what is left asks for the whole power of POISE, minutes.
    return line + (["--replicates", "20", "--draws", "1"] if line[0] == "power" else [])


def command(line: list[str]) -> Any:
    """Output of a command; a mistake must be one line on standard error."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(line)
    said = err.getvalue()
    if code in (FAULT, INTERRUPTED) or "Traceback" in said:
        raise Wrong(f"exit code {code}: {said}")
    if code == MISTAKE:
        last = said.rstrip("\n").splitlines()[-1:] or [""]
        if not last[0].startswith("brittlestar: ") or out.getvalue():
            raise Wrong(f"not one sentence: {said!r} {out.getvalue()[:200]!r}")
        raise InputError("command", line, last[0])
    return numbers_are_finite(out.getvalue())


def numbers_are_finite(text: str) -> None:
    """Refuse a text that tells a number that is none; a folder may be called so."""
    numbers = re.sub(r"^Written to .*$", "", text, flags=re.MULTILINE)
    if re.search(r"(?<![a-z])(nan|inf|NaN|Infinity)(?![a-z])", numbers):
        raise Wrong(f"a number that is none: {text[:2000]!r}")


# Python


@cache
def small() -> Any:
    with tempfile.TemporaryDirectory() as folder:
        (file := Path(folder) / "small.toml").write_text(SMALL)
        return bs.load_protocol(str(file))


def calls() -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
    """Name -> function and the arguments of a call that is right."""
    girl = {"age": 7.0, "sex": "female", "oi_type": "IV"}
    zoledronate = "zoledronate 0.05 mg/kg iv every 6 months"
    plan = parse(zoledronate)
    course = {
        "person": bs.Person(**girl),
        "plan": zoledronate,
        "years": 0.5,
        "draws": 2,
        "people": 0,
        "seed": 1,
        "step_days": 7.0,
        "creatinine_clearance_ml_min": None,
        "untreated": True,
    }
    traits = dict.fromkeys(
        (
            "height_z",
            "height_cm",
            "weight_kg",
            "weight_factor",
            "baseline_z",
            "turnover",
            "sensitivity",
            "frailty",
            "adherence",
            "calcium_mg_per_day",
            "vitamin_d_nmol_per_l",
            "puberty_shift_years",
        )
    )
    regimen = {
        "drug": "zoledronate",
        "dose": 0.05,
        "dose_unit": "mg/kg",
        "every": "6 months",
        "route": "iv",
        "start": "0 days",
        "duration": None,
        "cap_mg": None,
        "age_bands": (),
        "first_dose_fraction": 1.0,
        "infusion_hours": None,
        "days_per_course": 1,
        "upright": True,
    }
    return {
        "Person": (bs.Person, girl | traits),
        "Person.to_cohort": (bs.Person(**girl).to_cohort, {"draws": 2, "seed": 1, "first_id": 0}),
        "compare": (bs.compare, course),
        "compare traits": (
            lambda **told: bs.compare(plan="no treatment", years=0.1, draws=1, people=0, **told),
            girl,
        ),
        "parse": (lambda text: parse(text), {"text": zoledronate}),
        "as_plan": (lambda value: as_plan(value), {"value": zoledronate}),
        "Plan": (
            bs.Plan,
            {
                "regimens": (),
                "name": "",
                "stops": (),
                "holds": (),
                "surgeries": (),
                "calcium": (),
                "activity": (),
                "monitoring": None,
                "sources": (),
            },
        ),
        "Plan.schedule": (plan.schedule, {"n_steps": 4, "step_days": 7.0, "age_years": 7.0, "sex": "female"}),
        "Plan.doses": (plan.doses, {"horizon_days": 365.0, "age_years": 7.0}),
        "Plan.visits": (plan.visits, {"years": 1.0, "age_years": 7.0, "sex": "female", "start": None}),
        "Plan.lasting": (plan.lasting, {"duration": "3 years"}),
        "Plan.check": (
            plan.check,
            {"creatinine_clearance_ml_min": 60.0, "weight_kg": 20.0, "age_years": 7.0, "years": 1.0},
        ),
        "Plan.from_toml": (bs.Plan.from_toml, {"text": plan.to_toml()}),
        "Regimen": (bs.Regimen, regimen),
        "load_protocol": (bs.load_protocol, {"name_or_path": "poise"}),
        "Protocol": (bs.Protocol, small().model_dump()),
        "run_trial": (bs.run_trial, {"protocol": small(), "replicates": 1, "seed": 1}),
        "sample_cohort": (bs.sample_cohort, {"n": 3, "seed": 1}),
        "with_values": (bs.with_values, {"parameters": bs.default_parameters(), "fracture__gL": 0.0}),
    }


def arguments(chance: Chance, _: Path) -> tuple[str, dict[str, Any]]:
    name = chance.choice([*calls(), "Person", "Regimen", "Plan", "Protocol", *["compare"] * 2])
    told = dict(calls()[name][1])
    if name == "compare" and chance.random() < 0.7:
        told |= legal_questions.of_python(chance)
        if chance.random() < 0.7:
            return name, told
    for _ in range(chance.choice([1, 1, 1, 2])):
        told[chance.choice(list(told))] = chance.choice(VALUES)
    return name, told


def use_arguments(asked: tuple[str, dict[str, Any]]) -> Any:
    name, told = asked
    found = calls()[name][0](**told)
    if name.startswith("compare"):
        return found.summary()
    return found.to_dict() if name == "run_trial" else None


# The page

PORT, TOKEN = 8125, "a-token-for-these-inputs"


@cache
def page() -> Any:
    """The application, where its packages are there."""
    from brittlestar.web.app import create_app

    return create_app(PORT, token=TOKEN, warm=False)


def body(chance: Chance, _: Path) -> tuple[str, bytes]:
    if chance.random() < 0.4:
        place, question = legal_questions.of_a_page(chance)
        return place, json.dumps(question).encode()
    path = chance.choice(
        [
            "/api/explore/file/toml",
            "/api/compare/file/toml",
            "/api/jobs/trial",
            "/api/jobs/power",
            "/api/jobs/x/act",
            "/api/jobs/leaflet/begin",
            "/api/explore",
            "/api/explore/ranges",
        ]
    )
    course = (
        {"drug": "words", "words": words(chance, Path())[:390]} if chance.random() < 0.7 else {"drug": "none"}
    )
    who = {"age": 7.0, "sex": "female", "oi_type": "IV"}
    asked: dict[str, Any] = {"person": who, "plan": course, "years": 1, "seed": 1}
    if "compare" in path:
        asked["plans"] = [asked.pop("plan")] * chance.randint(0, 6)
    if "jobs" in path:
        asked = {"protocol": "", "text": spoiled(SMALL, chance), "replicates": 1}
    # What would work out a course is spoiled, so that it is refused.
    if "toml" not in path or chance.random() < 0.3:
        where = chance.choice([asked, who])
        where[chance.choice([*where, "x"])] = chance.choice(
            [*NUMBERS, None, True, -1, 1e300, [], {}, "\ud800", 10**30]
        )
    text = json.dumps(asked)
    if chance.random() < 0.1:
        return path, as_bytes(spoiled(text, chance), chance)
    return path, text.encode()


def use_body(asked: tuple[str, bytes]) -> Any:
    path, sent = asked
    status, said = asyncio.run(_sent(path, sent))
    if status >= 500:
        raise Wrong(f"status {status}: {said!r}")
    if status >= 400:
        raise InputError("page", status, said[: MOST_ERROR // 2].decode("utf-8", "replace"))
    if path.endswith("toml") or status == 204:
        return None
    if path.endswith("csv"):
        return numbers_are_finite(said.decode())
    jobs = page().state.jobs
    for job in list(jobs.jobs.values()):
        jobs.forget(job)
    return json.loads(said, parse_constant=lambda name: (_ for _ in ()).throw(Wrong(f"{name} in JSON")))


async def _sent(path: str, sent: bytes) -> tuple[int, bytes]:
    told = {
        "host": f"127.0.0.1:{PORT}",
        "origin": f"http://127.0.0.1:{PORT}",
        "x-brittlestar-token": TOKEN,
        "content-type": "application/json",
    }
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "server": None,
        "client": ("127.0.0.1", 1),
        "headers": [(k.encode(), v.encode()) for k, v in told.items()],
    }
    status, said, given = 0, b"", False

    async def receive() -> dict[str, Any]:
        nonlocal given
        if given:
            await asyncio.sleep(3600)
        given = True
        return {"type": "http.request", "body": sent, "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status, said
        status, said = message.get("status", status), said + message.get("body", b"")

    await page()(scope, receive, send)
    return status, said


DOORS = [
    Door("words", 6, words, use_words),
    Door("plan toml", 3, plan_toml, use_plan_toml),
    Door("protocol", 3, protocol_file, use_protocol),
    Door("python", 4, arguments, use_arguments),
    Door("flags", 2, flags, command),
    Door("page", 2, body, use_body),
    Door("query", 2, question, use_question),
    Door("files", 1, any_file, use_file),
]


# Putting them in


def finite(found: Any) -> None:
    """Refuse an answer that holds a number that is none."""
    if isinstance(found, float) and not math.isfinite(found):
        raise Wrong(f"a number that is none: {found}")
    if isinstance(found, np.ndarray) and found.dtype.kind == "f" and not np.isfinite(found).all():
        raise Wrong("a number that is none in an array")
    if isinstance(found, Mapping):
        found = list(found.values())
    if isinstance(found, list | tuple):
        for part in found:
            finite(part)


def whole(place: Path) -> None:
    """Refuse a folder that was left half written."""
    left = [p.name for p in place.rglob("*") if "partial" in p.name]
    out = place / "out"
    if left or (out.is_dir() and not intact(out)):
        raise Wrong(f"half written: {left or sorted(p.name for p in out.iterdir())} ({SUMS})")
    shutil.rmtree(out, ignore_errors=True)


@contextlib.contextmanager
def within(seconds: float, waiting: float) -> Iterator[None]:
    """Stop what works longer, or waits longer, even where it does not let itself be stopped."""

    def hang(*_: Any) -> None:
        raise Hang(f"more than {seconds:g} s of work, or {waiting:g} s on the clock")

    before = signal.signal(signal.SIGPROF, hang), signal.signal(signal.SIGALRM, hang)
    # Time of this process: other work of the machine is no fault of an input.
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, waiting)
    faulthandler.dump_traceback_later(2 * max(waiting, 60.0), exit=True)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGPROF, before[0])
        signal.signal(signal.SIGALRM, before[1])


def put_in(
    door: Door, number: int | str, asked: Any, place: Path, report: Report, limits: tuple[float, float]
) -> None:
    """Put one input in, and note what became of it."""
    mark, before, began = f"{door.name} {number}", BEGUN.total(), time.process_time()
    try:
        with within(*limits), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            warnings.simplefilter("error", RuntimeWarning)
            finite(door.use(asked))
        report.answered[door.name] += 1
    except InputError as error:
        report.refused[door.name] += 1
        text = str(error)
        if len(text) > MOST_ERROR or not text.isprintable():
            report.failed.append(
                f"{mark}: an error of {len(text)} characters: {text[:300]!r}\n{shown(asked)}"
            )
        if NOT_FINITE in text:
            report.failed.append(f"{mark}: {text}\n{shown(asked)}")
        if OVER in text:
            report.over[door.name] += 1
            if BEGUN.total() > before:
                report.failed.append(f"{mark}: refused after work had begun: {text}\n{shown(asked)}")
    except BaseException as error:  # libraries written in Rust panic past Exception
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        lines = traceback.format_exception(error)
        said = "".join(lines if len(lines) < 12 else [*lines[:1], *lines[-8:]])
        report.failed.append(f"{mark}: {type(error).__name__}\n{shown(asked)}\n{said}")
    try:
        whole(place)
    except Wrong as error:
        report.failed.append(f"{mark}: {error}\n{shown(asked)}")
        shutil.rmtree(place)
        place.mkdir()
    took = time.process_time() - began
    report.slowest[door.name] = max(report.slowest.get(door.name, 0.0), took)


def shown(asked: Any) -> str:
    """The input, so that it can be put in again."""
    if isinstance(asked, Path) and asked.is_file():
        return f"the file held {asked.read_bytes()!r}"
    try:
        return f"the input was {asked!r}"
    except Exception:
        return f"the input was {[type(x) for x in asked]}, without a text"


def openings() -> dict[str, list[Any]]:
    """Door -> legal inputs that compile what the others run: one drug and several, short courses and long."""
    one, told = GIRL["--plan"], calls()["compare"][1]
    python = [
        ("compare", told | {"years": years, "plan": plan})
        for years in (0.5, 20.0)
        for plan in (one, f"{one}, alendronate 10 mg/day oral")
    ]
    line = ["simulate", *(part for pair in GIRL.items() for part in pair)]
    return {
        "python": [*python, ("run_trial", calls()["run_trial"][1])],
        "flags": [line],
        "page": [(f"/api/explore{part}", b"{}") for part in ("", "/ranges")],
    }


@contextlib.contextmanager
def small_budget() -> Iterator[None]:
    """Comparisons cost ``BUDGET`` at most, and every course that begins is counted."""
    comparing = import_module("brittlestar.comparison.compare")
    lives = import_module("brittlestar.comparison.lives")
    was = comparing.Question, lives.simulate_cohort

    def counted(*args: Any, **named: Any) -> Any:
        BEGUN["courses"] += 1
        return was[1](*args, **named)

    vars(comparing).update(Question=partial(was[0], budget=BUDGET))
    vars(lives).update(simulate_cohort=counted)
    try:
        yield
    finally:
        vars(comparing).update(Question=was[0])
        vars(lives).update(simulate_cohort=was[1])


def send(
    count: int,
    seed: int,
    *,
    doors: list[Door] | None = None,
    first: int = 0,
    limits: tuple[float, float] = (MOST_SECONDS, MOST_SECONDS),
    opened: bool = True,
) -> Report:
    """Put in so many inputs, shared among the doors by their weight.

    Args:
        count: of all doors.
        seed: that inputs are drawn from.
        doors: all that there are if left out.
        first: number of the first input of each door.
        limits: most seconds of processor time for one input, and on the clock.
        opened: whether :func:`openings` come first.
    """
    chosen, report = doors or DOORS, Report()
    every = sum(door.weight for door in chosen)
    asking.MOST_SECONDS = min(asking.MOST_SECONDS, limits[0] / 2)
    os.umask(0o022)
    with small_budget(), tempfile.TemporaryDirectory(prefix="hostile-") as folder, contextlib.chdir(folder):
        for door in chosen:
            (place := Path(folder) / door.name.replace(" ", "-")).mkdir()
            place.chmod(stat.S_IRWXU)
            for asked in openings().get(door.name, []) if opened else []:
                put_in(door, "opening", asked, place, report, (COMPILING_SECONDS, 6 * COMPILING_SECONDS))
                if report.refused[door.name]:
                    report.failed.append(f"{door.name} opening: refused\n{shown(asked)}")
            for number in range(first, first + math.ceil(count * door.weight / every)):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", UserWarning)
                    asked = door.make(Chance(f"{seed} {door.name} {number}"), place)
                put_in(door, number, asked, place, report, limits)
    return report


def missed(report: Report, doors: list[Door]) -> list[str]:
    """What inputs were made to meet and did not: without it their doors were not tried."""
    told = []
    for door in doors:
        all_of_it = report.answered[door.name] + report.refused[door.name]
        if door.name in ("flags", "python") and report.over[door.name] < 0.005 * all_of_it:
            told.append(f"{door.name} : {report.over[door.name]} refused because of what they cost")
        if door.name == "page" and report.answered[door.name] < 0.3 * all_of_it:
            told.append(f"{door.name} : only {report.answered[door.name]} answered of {all_of_it}")
    return told


def without_packages(doors: list[Door]) -> list[Door]:
    """The doors that can be tried here: the page needs its own packages."""
    try:
        page()
    except ModuleNotFoundError:
        return [door for door in doors if door.name != "page"]
    return doors


def run() -> int:
    """The command."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=20_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--first", type=int, default=0, help="number of the first input of each door")
    options.add_argument(
        "--waiting", type=float, default=MOST_SECONDS, help="most seconds on the clock for one input"
    )
    options.add_argument("--door", action="append", choices=[door.name for door in DOORS])
    asked = options.parse_args()
    doors = without_packages([door for door in DOORS if not asked.door or door.name in asked.door])
    limits = MOST_SECONDS, asked.waiting
    report = send(asked.count, asked.seed, doors=doors, first=asked.first, limits=limits)
    if asked.count >= ENOUGH:
        report.failed += missed(report, doors)
    for failure in report.failed:
        print(failure, end="\n\n")
    for door in doors:
        a, r = report.answered[door.name], report.refused[door.name]
        f = sum(one.startswith(f"{door.name} ") for one in report.failed)
        slow = report.slowest.get(door.name, 0.0)
        over = f" ({report.over[door.name]} because of what they cost)" if report.over[door.name] else ""
        print(f"{door.name:10} {a:6} answered {r:6} refused{over} {f:4} failed; the slowest {slow:.1f} s")
    total = sum(report.answered.values()) + sum(report.refused.values())
    print(f"seed {asked.seed}: {total} inputs met with a result or a sentence, {len(report.failed)} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(run())
