"""Every number of the model is declared once: an entry in a parameter file, a field or a name in the code."""

import ast
import re
from pathlib import Path
from typing import Any

import jax
import numpy as np
import polars as pl
import pytest

import brittlestar
from brittlestar._shared.errors import InputError
from brittlestar._shared.parameter_files import every_parameter, read_parameters
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import default_parameters, identity, outside_ranges, parameters_of, with_values
from brittlestar.engine.baseline import at_entry
from brittlestar.evidence.calibration.free_parameters import files_of_groups
from brittlestar.model.parameters import with_later_drugs
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.coding import TYPES
from outcome_courses import people

ROOT = Path(brittlestar.__file__).parent
HAZARDS = tuple(f"hazard_{site}" for site in SITES)
OF_PLANS = {"care/programmes", "care/monitoring"}
"""Files whose entries are words of a plan: no code names them."""


def test_the_table_of_numbers_has_each_with_its_member_unit_status_and_source() -> None:
    table = brittlestar.parameter_table()
    every = {(file, name): one for file, rows in every_parameter().items() for name, one in rows.items()}
    assert {*zip(table["file"], table["name"], strict=True)} == set(every)
    assert table.height == sum(one.internal.size for one in every.values())
    for row in table.iter_rows(named=True):
        one = every[row["file"], row["name"]]
        told = (one.unit, one.meaning, one.status, one.source, *(one.range or (None, None)))
        assert tuple(row[name] for name in ("unit", "meaning", "status", "source", "low", "high")) == told
        assert row["value"] * one.factor in one.internal.ravel()
    types = table.filter(pl.col("file") == "people/types", pl.col("name") == "R")
    assert dict(types.select("member", "value").iter_rows()) == every["people/types", "R"].value
    alone = default_parameters().drugs.kdes[brittlestar.DRUGS.index("ibandronate")]
    assert alone == every["drugs/ibandronate", "kdes"].internal


def _names_in_code() -> tuple[set[str], list[re.Pattern[str]]]:
    """Every name of the source: identifiers, fields and words in quotation marks; and names put together."""
    names: set[str] = set()
    made: set[str] = set()
    for file in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Attribute(attr=name) | ast.Name(id=name) | ast.Constant(value=str(name)):
                    names.add(name)
                case ast.JoinedStr(values=parts):
                    said = [str(part.value) if isinstance(part, ast.Constant) else "" for part in parts]
                    if re.fullmatch(r"\w*[a-z0-9]{2}\w*", "".join(said)):
                        made.add(r"\w+".join(map(re.escape, said)))
    return names, [re.compile(one) for one in made]


def test_the_registry_holds_every_number_of_the_package():
    """Counted by hand in the files' text: one line ``value = `` at the beginning of a line each."""
    found = every_parameter()
    for file in ROOT.rglob("*.toml"):
        name = file.relative_to(ROOT).with_suffix("").as_posix()
        text = file.read_text(encoding="utf-8")
        stated = sum(line.startswith("value = ") for line in text.splitlines())
        if "[[" in text:  # values of published results, in lists
            assert name not in found
        else:
            assert len(found.get(name, {})) == stated, name
    assert {"bone/turnover", "care/biologics/denosumab", "drugs/zoledronate"} <= set(found)


def test_no_entry_without_a_name_in_the_code():
    names, made = _names_in_code()
    orphans = {
        f"{file}: {name}"
        for file, rows in every_parameter().items()
        for name in rows
        if file not in OF_PLANS and name not in names and not any(one.fullmatch(name) for one in made)
    }
    assert orphans == set()


def test_every_number_of_a_parameter_set_is_one_entry():
    """Leaf by leaf, by value in model units; names of files differ, so that none holds a group twice."""
    found, p = every_parameter(), default_parameters()
    stems = [name.split("/")[-1] for name in found]
    assert len(set(stems)) == len(stems)
    places = {**files_of_groups(), "body": "drugs/body_size"}
    assert {*places, "drugs"} == set(p._fields)
    count = 0
    for group, file in places.items():
        values = getattr(p, group)
        assert set(values._fields) == set(found[file])
        for name, value in values._asdict().items():
            assert np.array_equal(value, found[file][name].internal), name
            count += 1
    for name, value in p.drugs._asdict().items():
        stated = [found[f"drugs/{drug}"].get(name) for drug in DRUGS]
        for one, of_drug in zip(stated, np.asarray(value), strict=True):
            assert of_drug == (0.0 if one is None else one.internal), name
        count += 1
    assert count == len(jax.tree.leaves(p))


@pytest.mark.parametrize(
    ("prior", "says"),
    [
        ("prior = 1.0", "centre, log_sd, origin"),
        ("prior = { centre = 1.0 }", "centre, log_sd, origin"),
        ('value = { I = 1.0 }\nprior.IV = { centre = 1.0, log_sd = 0.1, origin = "assumed" }', "accepted: I"),
    ],
)
def test_a_prior_that_is_none_is_refused(prior: str, says: str):
    value = "" if "value" in prior else "value = 1.0\n"
    entry = '[k]\nunit = "-"\nmeaning = "m"\nsource = "assumed"\nstatus = "assumed"\n'
    with pytest.raises(InputError, match=says):
        read_parameters(entry + value + prior, "here")


ENTRY = """
[k]
value = {value}
unit = "1/y"
meaning = "m"
source = "assumed"
status = "assumed"
range = {range}
"""


@pytest.mark.parametrize(
    ("value", "range_", "said"),
    (
        ("61.0", "[10.0, 60.0]", r"room/f.toml: k.value: got 61.0; accepted: its range, 10 to 60"),
        ("[20.0, 9.0]", "[10.0, 60.0]", r"room/f.toml: k.value: got 9.0; accepted: its range, 10 to 60"),
        (
            "{I = 20.0, IV = 9.0}",
            "[10, 60]",
            r"room/f.toml: k.value.IV: got 9.0; accepted: its range, 10 to 60",
        ),
        ("20.0", "[60.0, 10.0]", r"room/f.toml: k.range: got \[60.0, 10.0\]; accepted: the lowest and"),
        ("20.0", "[10.0]", r"room/f.toml: k.range: got \[10.0\]; accepted: the lowest and"),
    ),
)
def test_a_number_outside_its_own_range_is_refused_by_file_key_and_range(value, range_, said):
    text = ENTRY.format(value=value, range=range_)
    with pytest.raises(InputError, match=said):
        read_parameters(text, "room/f.toml")
    assert read_parameters(ENTRY.format(value="10", range="[10.0, 60.0]"), "f")["k"].range == (10.0, 60.0)


def test_a_number_that_is_set_outside_its_range_is_taken_and_told():
    p = default_parameters()
    assert outside_ranges(p) == ()
    assert outside_ranges(with_values(p, shared__theta=1.5)) == (
        "Parameters: theta of drugs/shared.toml is 1.5, outside its range, 0 to 1.",
    )


def test_an_earlier_set_runs_by_its_name():
    p = parameters_of("v2")
    assert np.asarray(p.shared.kb) == pytest.approx(0.0058008, rel=1e-4)
    assert identity(p).name == "v2"
    assert identity(default_parameters()) == identity(parameters_of("v6")) == identity(parameters_of(None))
    assert identity(with_values(p, fracture__h_scale=1.2345)).name == "own"


def test_a_drug_that_came_after_a_set_keeps_its_own_numbers():
    p = default_parameters()
    found = with_later_drugs(p, {"drugs__kdes": np.asarray(p.drugs.kdes)[:4] * 2.0})
    assert np.asarray(found.drugs.kdes)[:4] == pytest.approx(2.0 * np.asarray(p.drugs.kdes)[:4])
    assert np.array_equal(found.drugs.kdes[4:], p.drugs.kdes[4:])


@pytest.mark.parametrize(("name", "limbs", "vertebral"), [("v2", 0.395, 0.161), ("v3", 0.360, 0.204)])
def test_earlier_sets_keep_the_rates_that_they_had(name: str, limbs: float, vertebral: float):
    """Fractures a year, type I, 8 y, untreated: as both said before rates were stated at the strength of type
    I itself."""
    found = at_entry(people(1, 8.0, TYPES.index("I"), sex=0), HAZARDS, parameters_of(name))
    *of_limbs, of_vertebrae = (found[one][0] for one in HAZARDS)
    assert sum(of_limbs) == pytest.approx(limbs, rel=0.02)
    assert of_vertebrae == pytest.approx(vertebral, rel=0.02)


@pytest.mark.parametrize("name", ["v7", "V2", "", "own"])
def test_a_set_that_is_not_known_lists_those_that_are(name: str):
    with pytest.raises(InputError, match="v6, the shipped set, or v2, v3, v4"):
        parameters_of(name)


def test_the_first_set_is_refused_with_the_commit_that_runs_it():
    with pytest.raises(InputError, match="equations of v1 were replaced, and commit 4fc6aad"):
        parameters_of("v1")


@pytest.mark.parametrize("value", [np.array([1.0, np.nan]), np.array([[1, 2]]), [], {}, 4, b"v4"])
def test_what_is_no_parameter_set_is_refused_whatever_it_is(value: Any):
    with pytest.raises(InputError, match=r"parameters: got .*accepted: a parameter set"):
        parameters_of(value)
