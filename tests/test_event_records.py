"""Event tables: every kind of record gives what the tools' documentation says, or is refused, or is named."""

from pathlib import Path
from typing import Any

import pytest

from brittlestar._shared.errors import InputError
from brittlestar.exchange.events.dictionary import Dictionary
from brittlestar.exchange.events.mistakes import TableError
from brittlestar.exchange.events.read import read_events
from event_cases import CASES, daily, given, told, with_person


@pytest.mark.parametrize("case", CASES, ids=[case["name"].replace(" ", "-") for case in CASES])
def test_a_record_gives_what_the_documentation_says(case: dict[str, Any], tmp_path: Path) -> None:
    (file := tmp_path / "table.csv").write_text(with_person(case["table"]))
    if "refused" in case:
        with pytest.raises(TableError) as caught:
            read_events(file, dictionary=told(case), drug=case.get("drug"))
        assert [mistake.column for mistake in caught.value.mistakes] == case["refused"]
        return
    table, run = read_events(file, dictionary=told(case), drug=case.get("drug")), case.get("run", 400)
    plan = table.only().plan_until(run / 365.25)
    assert [g[:2] for g in given(plan, run)] == [(day, drug) for day, drug, _ in case.get("given", [])]
    assert [g[2] for g in given(plan, run)] == pytest.approx(
        [mg for *_, mg in case.get("given", [])], rel=1e-12
    )
    assert [d[:3] for d in daily(plan, run)] == [tuple(row[:3]) for row in case.get("daily", [])]
    assert [d[3] for d in daily(plan, run)] == pytest.approx(
        [row[3] for row in case.get("daily", [])], rel=1e-12
    )
    assert {warning.rule for warning in table.warnings} == set(case.get("told", []))
    if "hours" in case:
        assert [regimen.infusion_hours for regimen in plan.regimens] == pytest.approx(
            [case["hours"]] * len(plan.regimens)
        )
    if "biologics" in case:
        assert [str(one) for one in plan.biologics] == case["biologics"]
    assert table.only().plan.check() is not None


def test_there_are_enough_kinds() -> None:
    assert len({case["name"] for case in CASES}) == len(CASES) > 20


def test_wrong_tables_say_every_place_and_take_nothing_over(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text(
        "ID,TIME,EVID,AMT,CMT,AGE,SEX,OITYPE\n1,0,1,x,zoledronate,7,female,III\n1,5,9,1,zoledronate,7,female,III\n"
    )
    with pytest.raises(InputError) as caught:
        read_events(file, time_unit="day", amount_unit="mg")
    assert str(caught.value).splitlines() == [
        "t.csv: line 2, column AMT: got 'x'; accepted: a number, 0 or more",
        "t.csv: line 3, column EVID: got '9'; accepted: 0 (observation), 1 (dose), 2 (other); 3 and 4 "
        "(reset) only as the first record of a person",
    ]


def test_every_value_of_a_covariate_is_read_not_only_the_first(tmp_path: Path) -> None:
    (file := tmp_path / "t.csv").write_text(
        "ID,TIME,AGE,gender,OITYPE,WT,FX2Y\n"
        "1,0,7,female,III,15,1\n"
        "1,90,7,femal,III,16,1\n"
        "1,180,7,f,IIIx,abc,1.5\n"
        "1,270,95000,male,IV,17,1\n"
        "2,0,5,,I,,\n"
    )
    with pytest.raises(TableError) as caught:
        read_events(file, time_unit="day", amount_unit="mg")
    found = {(m.line, m.column): (m.found, m.accepted) for m in caught.value.mistakes}
    assert found == {
        ("line 5", "AGE"): (95000.0, "accepted: 0 to 90 years"),
        ("line 3", "gender"): ("femal", found["line 3", "gender"][1]),
        ("line 5", "gender"): ("male", "accepted: female, as in line 2"),
        ("line 4", "OITYPE"): ("IIIx", found["line 4", "OITYPE"][1]),
        ("line 5", "OITYPE"): ("IV", "accepted: III, as in line 2"),
        ("line 4", "WT"): ("abc", "accepted: a number"),
        ("line 4", "FX2Y"): (1.5, "accepted: a whole number from 0 to 200"),
        ("line 6", "gender"): ("nothing", "accepted: a value for every person"),
    }


def test_a_covariate_that_changes_is_named_where_it_does(tmp_path: Path) -> None:
    (file := tmp_path / "t.csv").write_text(
        "ID,TIME,AGE,SEX,OITYPE,WT\n1,0,7,female,III,.\n1,90,7,f,3,15\n1,180,7,girl,III,16\n"
    )
    table = read_events(file, time_unit="day", amount_unit="mg")
    assert table.only().person.weight_kg == 15.0
    assert [one.line for one in table.warnings if one.rule == "covariate-changes"] == ["line 4"]


def test_more_than_a_hundred_mistakes_are_counted_by_column(tmp_path: Path) -> None:
    bad = "\n".join(f"1,{i},7,x,z,7,female,III" for i in range(150))
    (file := tmp_path / "t.csv").write_text(f"ID,TIME,EVID,AMT,CMT,AGE,SEX,OITYPE\n{bad}\n")
    with pytest.raises(TableError) as caught:
        read_events(file, time_unit="day", amount_unit="mg")
    lines = str(caught.value).splitlines()
    said = "t.csv: and 350 more mistakes: 117 in EVID, 117 in CMT, 116 in AMT"
    assert len(lines) == 101 and lines[-1] == said


def mistakes_of(text: str, folder: Path) -> list[tuple[str, str, object]]:
    (file := folder / "t.csv").write_text(text)
    with pytest.raises(TableError) as caught:
        read_events(file, time_unit="day", amount_unit="mg")
    return [(one.line, one.column, one.found) for one in caught.value.mistakes]


def test_mistakes_of_every_kind_are_told_at_once_in_the_order_of_rows(tmp_path: Path) -> None:
    text = """ID,TIME,EVID,AMT,DRUG,ADDL,AGE,SEX,OITYPE,WT
1,-3,7,abc,zoledronat,0,7,purple,V,15000
2,0,1,0.5,aspirin,2,7,female,III,15
3,0,1,0.5,zoledronate,0,7,female,III,15,too,many
4,0,1,0.5,zoledronate,0,300,female,III,15
"""
    assert mistakes_of(text, tmp_path) == [
        ("line 2", "AMT", "abc"), ("line 2", "EVID", "7"), ("line 2", "TIME", "-3"),
        ("line 2", "SEX", "purple"), ("line 2", "OITYPE", "V"), ("line 2", "WT", 15000.0),
        ("line 2", "DRUG", "zoledronat"),
        ("line 3", "II", None), ("line 3", "DRUG", "aspirin"),
        ("line 4", "", "12 fields"),
        ("line 5", "AGE", 300.0),
    ]  # fmt: skip


def test_what_may_stand_in_a_line_that_was_not_read_is_not_called_missing(tmp_path: Path) -> None:
    text = "ID,TIME,AGE,SEX,OITYPE\n1,0,7,female,III,9\n1,9,.,.,.\n"
    assert mistakes_of(text, tmp_path) == [("line 2", "", "6 fields")]


def test_a_table_with_another_separator_is_told_so_once(tmp_path: Path) -> None:
    for sign, shown in ((";", "';'"), ("\t", "'\\t'")):
        (file := tmp_path / "t.csv").write_text(f"ID{sign}TIME\n1{sign}0,5\n")
        with pytest.raises(TableError) as caught:
            read_events(file, time_unit="day")
        assert str(caught.value).endswith(
            f"; the separator looks like {shown}; accepted: fields parted by commas, decimals with a point"
        )
        assert len(caught.value.mistakes) == 1


def test_an_observation_that_no_measure_is_named_as_is_noted(tmp_path: Path) -> None:
    (file := tmp_path / "t.csv").write_text(
        "ID,TIME,DV,CMT,AGE,SEX,OITYPE\n1,0,-4,ls_z,7,female,III\n1,9,-3,ls_zz,7,female,III\n"
    )
    (note,) = read_events(file, time_unit="day").warnings
    said = str(note)
    assert said.startswith(
        "observed-not-known: no measure of the model is named ls_zz; did you mean 'ls_z'? known: "
    )
    assert "ls_abmd" in said and "p1np" in said and said.endswith("(first at line 3)")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ID,TIME\n1,0\n1,0,3\n", "line 3: got '3 fields'; accepted: 2, as in the header"),
        ("ID;TIME\n1;0\n", "accepted: fields parted by commas, decimals with a point"),
        ("ID,time,TIME\n1,0,0\n", "header: got 'time and TIME'; accepted: one column for TIME"),
        ("ID,AMT\n1,0\n", "accepted: with a column TIME"),
        ("ID,TIME\n", "got 'no record'; accepted: a header and at least one record"),
        ('ID,TIME\n1,"0\n', "accepted: quotes that are closed"),
        ("ID,TIME,DATE,AGE,SEX,OITYPE\n1,0,2020-01-01,7,f,I\n", "accepted: TIME counted from the start"),
        ("ID,TIME,C,AGE,SEX,OITYPE\n1,0,C,7,f,I\n", "column C: got 'C'; accepted: nothing"),
        ("ID,TIME,SEX,OITYPE\n1,0,f,I\n", "column AGE: got 'nothing'; accepted: a value for every person"),
        ("ID,TIME,AGE,SEX,OITYPE\n1,0,7,1,I\n", "accepted: female or male; numbers only with their meaning"),
        ("ID,TIME,AGE,SEX,OITYPE\n1,0,300,f,I\n", "line 2, column AGE: got 300.0; accepted: 0 to 90 years"),
        ("ID,TIME,AGE,SEX,OITYPE\n1,0,7,f,II\n", "column OITYPE: got 'II'"),
        ("ID,TIME,AMT,AMTU,CMT,AGE,SEX,OITYPE\n1,0,1,mg,zoledronate,7,f,I\n1,9,1,mg/kg,zoledronate,7,f,I\n",
         "line 3, column AMTU: got 'mg and mg/kg'; accepted: one unit in a table"),
    ],
)  # fmt: skip
def test_a_table_that_is_none_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (file := tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError) as caught:
        read_events(file, time_unit="day", amount_unit=None if "AMTU" in text else "mg")
    assert said in str(caught.value)


def test_units_are_told_never_guessed(tmp_path: Path) -> None:
    (file := tmp_path / "t.csv").write_text(with_person("ID,TIME,EVID,AMT,CMT\n1,0,1,0.5,zoledronate"))
    with pytest.raises(TableError) as caught:
        read_events(file)
    assert [mistake.column for mistake in caught.value.mistakes] == ["TIME", "AMT"]
    with pytest.raises(InputError, match="accepted: day, as the dictionary says"):
        read_events(file, time_unit="hour", amount_unit="mg", dictionary=Dictionary("day", "mg"))
