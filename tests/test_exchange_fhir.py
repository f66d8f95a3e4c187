"""FHIR bundles as a person with a history: what is read; every mistake is told and nothing half-read."""

import copy
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from brittlestar._shared.errors import InputError
from brittlestar.cli import main
from brittlestar.comparison import compare
from brittlestar.exchange.events.mistakes import TableError
from brittlestar.exchange.fhir import read_fhir
from brittlestar.exchange.fhir_bundle import fhir_bundle, given_to
from brittlestar.exchange.fhir_codes import ATC, RXNORM
from brittlestar.people.person import Person
from fhir_structure import bundle_schema

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
    wrong["entry"][7]["resource"]["medicationCodeableConcept"]["text"] = "Zolendronate"
    said = refused(wrong, tmp_path)
    assert len(said) == 3
    assert (
        "entry 3 (Observation), element valueQuantity.code: got '[in_i]'; accepted: in UCUM, cm or m"
        in said[0]
    )
    place = "entry 8 (MedicationAdministration), element medication"
    assert f"{place}: got 'Zolendronate'; did you mean 'zoledronate'" in said[1]
    assert "element Condition.code: got 'no type'; accepted: one condition" in said[2]


def test_mixed_units_are_refused(tmp_path: Path) -> None:
    (said,) = refused(bundle(code="ug"), tmp_path)
    assert "got 'ug and mg'; accepted: one unit of dose in a bundle" in said


def test_what_the_standard_refuses_is_told_and_more_than_a_hundred_are_summed_up(tmp_path: Path) -> None:
    wrong = bundle()
    wrong["entry"][0]["resource"]["birthDate"] = "2015-13-01"
    (said,) = refused(wrong, tmp_path)
    assert "entry 1 (Patient), element birthDate: got '2015-13-01'" in said
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


def test_mistakes_of_every_stage_are_told_at_once(tmp_path: Path) -> None:
    wrong = bundle()
    entries = [entry["resource"] for entry in wrong["entry"]]
    entries[0] |= {"birthDate": "2015-13-01", "gender": "unknown"}
    entries[2] |= {"effectiveDateTime": "2022-13-01", "valueQuantity": quantity(39.0, "[in_i]")}
    entries[3]["valueQuantity"] = quantity(15000.0, "kg")
    entries[7]["dosage"] = {"dose": quantity(0.75, "mL")}
    said = [line.removeprefix("girl.json: ") for line in refused(wrong, tmp_path)]
    assert [line.split(":")[0] for line in said] == [
        "entry 1 (Patient), element birthDate",
        "entry 1 (Patient), element gender",
        "entry 3 (Observation), element effectiveDateTime",
        "entry 3 (Observation), element valueQuantity.code",
        "entry 4 (Observation), element valueQuantity",
        "entry 8 (MedicationAdministration), element dosage.dose.code",
    ]


def test_an_entry_of_no_known_shape_hides_no_other(tmp_path: Path) -> None:
    wrong = bundle()
    wrong["entry"][3]["resource"]["code"] = [1]
    wrong["entry"][7]["resource"]["dosage"] = {"dose": quantity(0.75, "mL")}
    said = refused(wrong, tmp_path)
    assert len(said) == 2 and "entry 4 (Observation), element code" in said[0] and "'mL'" in said[1]


def test_json_that_is_broken_is_told_with_line_and_column(tmp_path: Path) -> None:
    (file := tmp_path / "girl.json").write_text('{"resourceType": "Bundle",\n "entry": [}\n')
    with pytest.raises(InputError) as caught:
        read_fhir(file)
    assert str(caught.value) == (
        "girl.json: line 2, column 12: got '\"entry\": [}'; not JSON: Expecting value; "
        "accepted: a FHIR bundle in JSON"
    )


@pytest.mark.parametrize("r5", [False, True], ids=["R4", "R5"])
def test_other_medicines_are_passed_over_by_name(r5: bool, tmp_path: Path) -> None:
    told = bundle(r5)
    concepts = [
        {"text": "Ibuprofen 200 mg"},
        {"coding": [{"system": ATC, "code": "M01AE01"}]},
        {"coding": [{"system": ATC, "code": "A11CC05", "display": "Colecalciferol"}]},
    ]
    for concept in concepts:
        drug = {"medication": {"concept": concept}} if r5 else {"medicationCodeableConcept": concept}
        told["entry"].append({"resource": {"resourceType": "MedicationStatement", "subject": {"reference":
                              "Patient/g"}, "status": "recorded" if r5 else "active"} | drug})  # fmt: skip
    table = read(told, tmp_path)
    (note,) = table.warnings
    assert str(note) == (
        "medicines-not-read: other medicines are passed over: Ibuprofen 200 mg, M01AE01, Colecalciferol "
        "(first at entry 10 (MedicationStatement))"
    )
    assert len(table.only().doses) == 2


def test_another_drug_on_bone_is_refused(tmp_path: Path) -> None:
    for concept in (
        {"text": "Clodronic acid"},
        {"coding": [{"system": ATC, "code": "M05BA01"}]},
        {"coding": [{"system": ATC, "code": "M05BA08"}], "text": "Alendronate"},
        {"coding": [{"system": RXNORM, "code": "1"}]},
    ):
        told = bundle()
        told["entry"][7]["resource"]["medicationCodeableConcept"] = concept
        (said,) = refused(told, tmp_path)
        assert "entry 8 (MedicationAdministration), element medication: got" in said


@pytest.mark.parametrize(
    "concept",
    [
        {"coding": [{"system": ATC, "code": "M05BA08"}]},
        {"coding": [{"system": RXNORM, "code": "77655"}]},
        {"text": "Zoledronsäure"},
        {"text": "Sodium zoledronate"},
    ],
    ids=["ATC", "RxNorm", "German", "salt"],
)
def test_a_drug_is_known_by_its_code_or_its_stem(concept: dict[str, Any], tmp_path: Path) -> None:
    told = bundle()
    for at in (7, 8):
        told["entry"][at]["resource"]["medicationCodeableConcept"] = concept
    assert [dose.substance.drug for dose in read(told, tmp_path).only().doses] == ["zoledronate"] * 2


def test_a_drug_may_stand_in_a_medication_of_its_own(tmp_path: Path) -> None:
    told = bundle()
    for at in (7, 8):
        told["entry"][at]["resource"].pop("medicationCodeableConcept")
        told["entry"][at]["resource"]["medicationReference"] = {"reference": "Medication/m"}
    code = {"coding": [{"system": ATC, "code": "M05BA08"}]}
    told["entry"].append({"resource": {"resourceType": "Medication", "id": "m", "code": code}})
    assert [dose.substance.drug for dose in read(told, tmp_path).only().doses] == ["zoledronate"] * 2


def test_prescriptions_are_noted_and_are_no_doses(tmp_path: Path) -> None:
    request = {
        "resourceType": "MedicationRequest", "status": "active", "intent": "order",
        "subject": {"reference": "Patient/g"}, "medicationCodeableConcept": {"text": "Zoledronic acid"},
    }  # fmt: skip
    told = bundle()
    told["entry"].append({"resource": request})
    (note,) = read(told, tmp_path).warnings
    assert note.rule == "prescriptions-not-read" and "untreated" not in str(note)
    told["entry"] = [*told["entry"][:7], {"resource": request}]
    table = read(told, tmp_path)
    (note,) = table.warnings
    assert "a prescription is no dose (Zoledronic acid); doses are read from MedicationAdministration" in str(
        note
    )
    assert "there is none, so the person is untreated" in str(note) and not table.only().doses


def test_what_is_of_another_patient_is_refused(tmp_path: Path) -> None:
    told = bundle()
    told["entry"][2]["resource"]["subject"] = {"reference": "Patient/other"}
    told["entry"][3]["resource"]["subject"] = {"reference": "https://clinic.example/fhir/Patient/g"}
    (said,) = refused(told, tmp_path)
    assert said == (
        "girl.json: entry 3 (Observation), element subject: got 'Patient/other'; "
        "accepted: Patient/g, whose bundle it is"
    )


COURSE = "zoledronate 0.05 mg/kg iv every 6 months for 1 year then risedronate 2.5 mg/day for 1 year"


def concept_of(one: dict[str, Any]) -> dict[str, Any]:
    return one.get("medicationCodeableConcept") or one["medication"]["concept"]


@pytest.mark.parametrize("release", ["R4", "R5"])
def test_the_second_reader_sees_what_the_specification_refuses(release: str) -> None:
    course = compare(Person(age=7, sex="female", oi_type="III"), COURSE, 1.5, untreated=False, draws=1)
    written = fhir_bundle(course, "2024-01-31", release=release)
    check = Draft202012Validator(bundle_schema(release))
    assert [error.message for error in check.iter_errors(written)] == []
    at = {entry["resource"]["resourceType"]: k for k, entry in enumerate(written["entry"])}
    for kind, element in (
        ("Patient", "gender"), ("Observation", "status"), ("Observation", "code"), ("Condition", "subject"),
        ("MedicationAdministration", "status"), ("MedicationAdministration", "dosage"),
        ("MedicationStatement", "status"), ("MedicationStatement", "subject"),
    ):  # fmt: skip
        broken = copy.deepcopy(written)
        broken["entry"][at[kind]]["resource"][element] = "no such thing"
        assert not check.is_valid(broken), (kind, element)
    for kind in at:
        broken = copy.deepcopy(written)
        broken["entry"][at[kind]]["resource"]["oops"] = 1
        assert not check.is_valid(broken), kind
    assert not Draft202012Validator(bundle_schema({"R4": "R5", "R5": "R4"}[release])).is_valid(written)


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
        assert Draft202012Validator(bundle_schema(release)).is_valid(content)
        (numbers,) = (tag for tag in content["meta"]["tag"] if tag["system"] == "urn:brittlestar:parameters")
        made = course.manifest
        assert (numbers["code"], numbers["version"]) == (made["parameters"], made["parameters_sha256"])
        resources = [entry["resource"] for entry in content["entry"]]
        shown = {c["code"]: c["display"] for one in resources if one["resourceType"] == "Observation"
                 for c in one["code"]["coding"]}  # fmt: skip
        assert shown["24966-4"] == "DXA Lumbar spine [Mass/Area] Bone density" and len(shown) == 4
        atc = [c["code"] for one in resources if "dosage" in one for c in concept_of(one)["coding"]
               if c["system"] == ATC]  # fmt: skip
        assert atc == ["M05BA08", "M05BA08", "M05BA07"]
        assert len({entry["fullUrl"] for entry in content["entry"]}) == len(resources)
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
