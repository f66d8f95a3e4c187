"""FHIR bundles as a person with a history: what is read; every mistake is told and nothing half-read."""

import copy
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from brittlestar.cli import main
from brittlestar.comparison import compare
from brittlestar.exchange.events.mistakes import TableError
from brittlestar.exchange.fhir import read_fhir
from brittlestar.exchange.fhir_bundle import fhir_bundle, given_to
from brittlestar.people.person import Person

pytest.importorskip("fhir.resources", reason="needs the extra exchange")

UCUM = "http://unitsofmeasure.org"


def quantity(value: float, code: str) -> dict[str, Any]:
    return {"value": value, "code": code, "system": UCUM}


def observation(day: str, loinc: str, value: float, code: str) -> dict[str, Any]:
    return {
        "resourceType": "Observation", "status": "final", "effectiveDateTime": day,
        "code": {"coding": [{"system": "http://loinc.org", "code": loinc}]},
        "valueQuantity": quantity(value, code),
    }  # fmt: skip


def infusion(day: str, mg: float, r5: bool, code: str = "mg") -> dict[str, Any]:
    drug, dose = {"text": "Zoledronic acid 4 mg/5 ml"}, {"dose": quantity(mg, code)}
    who = {
        "resourceType": "MedicationAdministration",
        "status": "completed",
        "subject": {"reference": "Patient/g"},
    }
    if r5:
        return who | {"medication": {"concept": drug}, "occurenceDateTime": day, "dosage": dose}
    return who | {"medicationCodeableConcept": drug, "effectiveDateTime": day, "dosage": dose}


def bundle(r5: bool = False, code: str = "mg") -> dict[str, Any]:
    """A girl of 7 with two infusions, scans before and after, and one height that does not count."""
    condition = {
        "resourceType": "Condition", "subject": {"reference": "Patient/g"},
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {"text": "Osteogenesis imperfecta, type III"},
    }  # fmt: skip
    resources = [
        {"resourceType": "Patient", "id": "g", "birthDate": "2015-03-01", "gender": "female"},
        condition,
        observation("2022-02-20", "8302-2", 98.0, "cm"),
        observation("2022-02-20", "29463-7", 15.0, "kg"),
        observation("2022-02-20", "85394-5", -4.1, "{Zscore}"),
        observation("2023-03-01", "85394-5", -3.0, "{Zscore}"),
        observation("2023-03-01", "8302-2", 101.0, "cm"),
        infusion("2022-03-01", 0.75, r5, code),
        infusion("2022-08-30T10:30:00Z", 0.75, r5),
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}


def read(content: Any, folder: Path) -> Any:
    (file := folder / "girl.json").write_text(json.dumps(content), encoding="utf-8")
    return read_fhir(file)


@pytest.mark.parametrize("r5", [False, True], ids=["R4", "R5"])
def test_a_bundle_is_a_person_with_a_history(r5: bool, tmp_path: Path) -> None:
    table = read(bundle(r5), tmp_path)
    one = table.only()
    person = one.person
    assert (person.sex, person.oi_type, person.height_cm, person.weight_kg, person.baseline_z) == (
        "female", "III", 98.0, 15.0, -4.1,
    )  # fmt: skip
    assert person.age == pytest.approx(7.0, abs=0.01)
    assert [(d.substance.drug, d.substance.route, d.day, d.amount) for d in one.doses] == [
        ("zoledronate", "iv", 0.0, 0.75), ("zoledronate", "iv", 182.0, 0.75),
    ]  # fmt: skip
    assert table.observations.rows() == [("g", 365.0, "height_cm", 101.0), ("g", 365.0, "ls_z", -3.0)]
    assert one.plan.drugs == ("zoledronate",)


def refused(content: Any, folder: Path) -> list[str]:
    with pytest.raises(TableError) as caught:
        read(content, folder)
    return str(caught.value).splitlines()


def test_every_mistake_is_told_with_its_place(tmp_path: Path) -> None:
    wrong = bundle()
    wrong["entry"][2]["resource"]["valueQuantity"] = quantity(39.0, "[in_i]")
    wrong["entry"][1]["resource"]["code"]["text"] = "Osteogenesis imperfecta"
    wrong["entry"][7]["resource"]["medicationCodeableConcept"]["text"] = "Paracetamol"
    said = refused(wrong, tmp_path)
    assert len(said) == 3
    assert (
        "entry 3 (Observation), element valueQuantity.code: got '[in_i]'; accepted: in UCUM, cm or m"
        in said[0]
    )
    assert "entry 8 (MedicationAdministration), element medication: got 'Paracetamol'" in said[1]
    assert "element Condition.code: got 'no type'; accepted: one condition" in said[2]


def test_mixed_units_are_refused(tmp_path: Path) -> None:
    (said,) = refused(bundle(code="ug"), tmp_path)
    assert "got 'ug and mg'; accepted: one unit of dose in a bundle" in said


def test_what_the_standard_refuses_is_told_and_more_than_a_hundred_are_summed_up(tmp_path: Path) -> None:
    wrong = bundle()
    wrong["entry"][0]["resource"]["birthDate"] = "2015-13-01"
    (said,) = refused(wrong, tmp_path)
    assert "entry 1, element birthDate: got '2015-13-01'" in said.replace("Patient.", "")
    many = bundle()
    many["entry"] += [
        copy.deepcopy({"resource": observation("2022", "8302-2", 98.0, "cm")}) for _ in range(120)
    ]
    said = refused(many, tmp_path)
    assert len(said) == 101 and said[-1].endswith("and 20 more mistakes: 20 in effectiveDateTime")


def test_two_patients_are_refused(tmp_path: Path) -> None:
    two = bundle()
    two["entry"].append(copy.deepcopy(two["entry"][0]))
    assert "got '2 patients'; accepted: one in a bundle" in refused(two, tmp_path)[0]


def test_simulate_follows_the_person_of_a_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (file := tmp_path / "girl.json").write_text(json.dumps(bundle()), encoding="utf-8")
    said = ["simulate", "--fhir", str(file), "--years", "0.25", "--draws", "4"]
    assert main([*said, "--age", "7"]) == 2
    assert main([*said, "--out", str(tmp_path / "out")]) == 0
    person = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))["person"]
    assert (person["oi_type"], person["baseline_z"]) == ("III", -4.1)
    assert "zoledronate" in capsys.readouterr().out


COURSE = "zoledronate 0.05 mg/kg iv every 6 months for 1 year then risedronate 2.5 mg/day for 1 year"


def kinds(content: dict[str, Any]) -> dict[str, int]:
    return Counter(entry["resource"]["resourceType"] for entry in content["entry"])


def test_a_simulated_course_comes_back_as_the_same_person_with_the_same_doses(tmp_path: Path) -> None:
    person = Person(age=7, sex="female", oi_type="III", height_cm=98, weight_kg=15)
    course = compare(person, COURSE, 2.5, untreated=False, draws=1, step_days=7)
    given = given_to(course)
    assert given.select("day", "drug", "mg", "count").rows() == [
        (0.0, "zoledronate", pytest.approx(0.75), 1),
        (182.625, "zoledronate", pytest.approx(0.79, abs=0.01), 1),
        (365.25, "risedronate", 2.5, 365),
    ]
    for release, statement in (("R4", "medicationCodeableConcept"), ("R5", "medication")):
        content = fhir_bundle(course, "2024-01-31", release=release)
        assert all(statement in e["resource"] for e in content["entry"] if "dosage" in e["resource"])
        table = read(content, tmp_path)
        one = table.only()
        back = [(d.day, d.substance.drug, d.amount, d.days, d.interval) for d in one.doses]
        mg = given["mg"].to_list()
        assert back == [
            (0.0, "zoledronate", mg[0], 0.0, 0.0),
            (183.0, "zoledronate", mg[1], 0.0, 0.0),
            (365.0, "risedronate", 2.5, 365.0, 1.0),
        ]
        told = (one.person.sex, one.person.oi_type, one.person.height_cm, one.person.weight_kg)
        assert told == ("female", "III", 98.0, 15.0) and one.person.age == pytest.approx(7, abs=1 / 365)
        z = course.lives["treated"].course["ls_z"]
        seen = table.observations.filter(observed="ls_z")["value"].to_list()
        assert len(seen) == 6 and seen[0] == one.person.baseline_z == round(float(z[0, 0]), 3)
        assert seen[-1] == round(float(z[-1, 0]), 3)
        assert kinds(content) == {
            "Patient": 1, "Observation": 24, "MedicationAdministration": 2, "MedicationStatement": 1,
            "Condition": 1 + len(course.lives["treated"].course.fracture_years),
        }  # fmt: skip
        assert content["meta"]["security"][0]["code"] == "HTEST"
        assert content["entry"][0]["resource"]["name"] == [{"text": "Simulated person"}]


def test_what_was_measured_at_entry_is_written_as_it_was_told() -> None:
    person = Person(age=7, sex="female", oi_type="III", baseline_z=-5.5)
    course = compare(person, "no treatment", 0.5, untreated=False, draws=30, step_days=7)
    seen = [
        (one["effectiveDateTime"], one["valueQuantity"]["value"])
        for one in (entry["resource"] for entry in fhir_bundle(course, "2024-01-31")["entry"])
        if one["resourceType"] == "Observation" and one["code"]["text"] == "ls_z"
    ]
    lives = course.lives["treated"]
    likeliest = int(np.argmax(lives.question.weight))  # type: ignore[arg-type]
    end = round(float(lives.course["ls_z"][-1, likeliest]), 3)
    assert seen == [("2024-01-31", -5.5), ("2024-08-01", end)]


def test_commands_write_and_refuse_a_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "girl.json"
    who = ["--age", "7", "--sex", "female", "--type", "III", "--plan", "zoledronate", "--years", "0.5"]
    said = ["export", "fhir", *who, "--out", str(file)]
    assert main([*said, "--start", "31.1.2024"]) == 2
    assert "start: got '31.1.2024'; accepted: a date, such as 2024-01-31" in capsys.readouterr().err
    assert main([*said, "--start", "2024-01-31", "--release", "R3"]) == 2
    assert main([*said, "--start", "2024-01-31", "--type", "healthy"]) == 2 and not file.exists()
    assert main([*said, "--start", "2024-01-31", "--release", "R5"]) == 0
    assert "one simulated person" in capsys.readouterr().out
    assert read_fhir(file).only().doses[0].substance.drug == "zoledronate"
    assert main([*said, "--start", "2024-01-31"]) == 2
