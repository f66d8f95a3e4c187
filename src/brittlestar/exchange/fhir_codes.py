"""Codes of FHIR bundles: what is measured by LOINC, what is given by ATC, RxNorm or a name in words.

Sources: LOINC, long common names. ATC of the WHO Collaborating Centre for Drug Statistics Methodology, as
shown by whocc.no (M05BA03), rxreasoner.com (M05BA, M05BX04), hipaaspace.com (H05AA02) and Pharmacolibrary
(M05BX06). RxNorm ingredients as in published concept sets of OHDSI (77655) and in code of Stanford's cohorts
(993449). Neridronate and setrusumab have no code here.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, NamedTuple
from unicodedata import normalize

from brittlestar.care.biologics import BIOLOGICS
from brittlestar.drugs.catalogue import DRUGS

LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
ATC, RXNORM = "http://www.whocc.no/atc", "http://www.nlm.nih.gov/research/umls/rxnorm"

MEASURED = {
    "8302-2": ("height_cm", {"cm": 1.0, "m": 100.0}),
    "29463-7": ("weight_kg", {"kg": 1.0, "g": 0.001}),
    "85394-5": ("ls_z", {"{Zscore}": 1.0, "{Z-score}": 1.0, "{Z-Score}": 1.0, "{score}": 1.0, "1": 1.0}),
    "24966-4": ("ls_abmd", {"g/cm2": 1.0}),
}
"""LOINC code -> measure and its UCUM units: body height, body weight, DXA of the lumbar spine as Z-score and
as mass over area."""

DISPLAYS = {
    "8302-2": "Body height",
    "29463-7": "Body weight",
    "85394-5": "DXA Lumbar spine [Z-score] Bone density",
    "24966-4": "DXA Lumbar spine [Mass/Area] Bone density",
}
"""LOINC code -> its long common name."""

DRUG_CODES = {
    ATC: {
        "M05BA03": "pamidronate",
        "M05BA04": "alendronate",
        "M05BA06": "ibandronate",
        "M05BA07": "risedronate",
        "M05BA08": "zoledronate",
        "M05BX04": "denosumab",
        "M05BX06": "romosozumab",
        "H05AA02": "teriparatide",
    },
    RXNORM: {"77655": "zoledronate", "993449": "denosumab"},
}
"""System -> code -> drug."""

OTHER = "other"
"""A medicine that is none of the model's and none of its kind."""

KNOWN = (*DRUGS, *BIOLOGICS)
ALIKE = 0.85
"""Likeness of words from which a name is a slip of a drug's: minodronate, another drug, is 0.82 like one."""

_BISPHOSPHONATE = re.compile(r"\b\w*dron(at|ic|ik|iq|s)\w*")


class Named(NamedTuple):
    """What a record of a medicine says of the drug."""

    drug: str
    """one of the model's; ``OTHER``; nothing where it cannot be told"""
    words: str
    """as it stands there"""
    accepted: str = ""
    """where it cannot be told"""


def drug_named(concept: dict[str, Any]) -> Named:
    """The drug of a CodeableConcept, by its codes and by every text and display.

    >>> drug_named({"text": "Acidum zoledronicum 4 mg/5 ml"}).drug
    'zoledronate'
    >>> drug_named({"coding": [{"system": ATC, "code": "M01AE01"}]}).drug
    'other'
    """
    codings = [one for one in concept.get("coding") or () if one.get("code")]
    said = [concept.get("text"), *(one.get("display") for one in concept.get("coding") or ())]
    texts = [word for word in said if word]
    words = " / ".join(texts or [str(one["code"]) for one in codings])
    coded = (DRUG_CODES.get(one.get("system", ""), {}).get(one["code"]) for one in codings)
    found = dict.fromkeys([drug for drug in coded if drug] + [drug for text in texts for drug in _in(text)])
    if len(found) > 1:
        return Named("", " and ".join(found), "accepted: one drug in a record")
    if found:
        return Named(next(iter(found)), words)
    plain = [_plain(text) for text in texts]
    if slip := next(iter(_slips(plain)), ""):
        return Named("", words, f"did you mean {slip!r}? accepted: {', '.join(KNOWN)}")
    atc = [one["code"] for one in codings if one.get("system") == ATC]
    if any(code.startswith("M05B") for code in atc) or any(map(_BISPHOSPHONATE.search, plain)):
        return Named("", words, f"a drug on bone that the model does not have; accepted: {', '.join(KNOWN)}")
    if texts or atc:
        return Named(OTHER, words)
    by_code = ", ".join(f"{system} {', '.join(codes)}" for system, codes in DRUG_CODES.items())
    return Named(
        "", words or "nothing", f"accepted: the drug's name as text or display, or a code of {by_code}"
    )


def _plain(text: str) -> str:
    """Small letters without accents."""
    return "".join(letter for letter in normalize("NFKD", text.lower()) if ord(letter) < 128)


def _in(text: str) -> list[str]:
    """Drugs whose stem begins a word: zoledronate, zoledronic acid and Zoledronsäure are one."""
    words = re.findall(r"\w+", _plain(text))
    return [name for name in KNOWN if any(word.startswith(_stem(name)) for word in words)]


def _stem(name: str) -> str:
    return re.sub(r"(ate|e)$", "", name)


def _slips(texts: Iterable[str]) -> Iterable[str]:
    for word in (word for text in texts for word in re.findall(r"\w+", text)):
        yield from get_close_matches(re.sub("ic$", "ate", word), KNOWN, n=1, cutoff=ALIKE)


def coded_drug(name: str) -> dict[str, Any]:
    """A drug as a CodeableConcept: its codes, where there are any, and its name."""
    coding = [
        {"system": system, "code": code, "display": drug}
        for system, codes in DRUG_CODES.items()
        for code, drug in codes.items()
        if drug == name
    ]
    return {"coding": coding, "text": name} if coding else {"text": name}
