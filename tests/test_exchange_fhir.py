"""FHIR bundles as a person with a history: what is read; every mistake is told and nothing half-read."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from brittlestar.cli import main
from brittlestar.exchange.events.mistakes import TableError
from brittlestar.exchange.fhir import read_fhir

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
