"""The structure of the bundles that are written, by hand from HL7's specification: a second reader of them.

Elements, cardinalities and required value sets as in the pages of the resources, R4 (4.0.1) and R5 (5.0.0).
Of optional elements only those that are written are known, so that a new one is looked up before it passes.
"""

from typing import Any

DATE = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
URI = {"type": "string", "pattern": r"^\S+$"}
CODE = {"type": "string", "pattern": r"^[^\s]+( [^\s]+)*$"}
WORDS = {"type": "string", "pattern": r"\S"}


def element(required: str = "", **known: Any) -> dict[str, Any]:
    """An object with these elements and no others; ``required`` names those of cardinality 1."""
    asked = required.split()
    return {"type": "object", "properties": known, "required": asked, "additionalProperties": False,
            "minProperties": 1}  # fmt: skip


def resource(kind: str, required: str, **known: Any) -> dict[str, Any]:
    return element(f"resourceType {required}", resourceType={"const": kind}, **known)


def some(one: dict[str, Any], fewest: int = 1) -> dict[str, Any]:
    """A list, which in JSON of FHIR is never empty."""
    return {"type": "array", "items": one, "minItems": fewest}


CODING = element(system=URI, version=WORDS, code=CODE, display=WORDS)
CONCEPT = element(coding=some(CODING), text=WORDS)
REFERENCE = element(reference=URI)
QUANTITY = element(value={"type": "number"}, unit=WORDS, system=URI, code=CODE)
PERIOD = element(start=DATE, end=DATE)
REPEAT = element(
    frequency={"type": "integer", "minimum": 1},
    period={"type": "number", "minimum": 0},
    periodUnit={"enum": ["s", "min", "h", "d", "wk", "mo", "a"]},
) | {"dependentRequired": {"period": ["periodUnit"], "periodUnit": ["period"]}}
DOSAGE = element(
    timing=element(repeat=REPEAT), route=CONCEPT, doseAndRate=some(element(doseQuantity=QUANTITY))
)
OBSERVED = [
    "registered",
    "preliminary",
    "final",
    "amended",
    "corrected",
    "cancelled",
    "entered-in-error",
    "unknown",
]
GIVEN = ["in-progress", "not-done", "on-hold", "completed", "entered-in-error", "stopped", "unknown"]
TAKEN = {
    "R4": [
        "active",
        "completed",
        "entered-in-error",
        "intended",
        "stopped",
        "on-hold",
        "unknown",
        "not-taken",
    ],
    "R5": ["recorded", "entered-in-error", "draft"],
}


def bundle_schema(release: str) -> dict[str, Any]:
    """The JSON schema of a collection in R4 or R5."""
    new = release == "R5"
    medicine = "medication" if new else "medicationCodeableConcept"
    given = "occurenceDateTime" if new else "effectiveDateTime"
    drug = {medicine: element(concept=CONCEPT, reference=REFERENCE) if new else CONCEPT}
    patient = resource(
        "Patient", "", id={"type": "string", "pattern": r"^[A-Za-z0-9\-.]{1,64}$"}, birthDate=DATE,
        name=some(element(text=WORDS)), gender={"enum": ["male", "female", "other", "unknown"]},
    )  # fmt: skip
    condition = resource(
        "Condition", "subject clinicalStatus" if new else "subject", subject=REFERENCE,
        clinicalStatus=CONCEPT, code=CONCEPT, onsetDateTime=DATE,
    )  # fmt: skip
    observation = resource(
        "Observation", "status code", subject=REFERENCE, status={"enum": OBSERVED}, code=CONCEPT,
        effectiveDateTime=DATE, valueQuantity=QUANTITY,
    )  # fmt: skip
    # Invariant mad-1: a dosage has a dose or a rate.
    administration = resource(
        "MedicationAdministration", f"status subject {medicine} {given}", subject=REFERENCE,
        status={"enum": GIVEN}, dosage=element("dose", route=CONCEPT, dose=QUANTITY), **drug, **{given: DATE},
    )  # fmt: skip
    statement = resource(
        "MedicationStatement", f"status subject {medicine}", subject=REFERENCE,
        status={"enum": TAKEN[release]}, effectivePeriod=PERIOD, dosage=some(DOSAGE), **drug,
    )  # fmt: skip
    kinds = [patient, condition, observation, administration, statement]
    entry = element("fullUrl resource", fullUrl=URI, resource={"oneOf": kinds})
    meta = element(security=some(CODING), tag=some(CODING))
    return resource("Bundle", "type", type={"const": "collection"}, meta=meta, entry=some(entry))
