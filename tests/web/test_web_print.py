"""The printed sheet: one page of A4 or Letter whatever is asked, with each value that a clinic measured."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from browsing import answered

from brittlestar.web.catalogue import LANGUAGES

pytest.importorskip("playwright")

FILES = {"en": "brittlestar.html", "de": "brittlestar-de.html"}
LETTER = {"width": "8.5in", "height": "11in"}
MEASURED = {"height_cm": 105, "weight_kg": 17, "baseline_z": -4, "fractures_last_2_years": 6}


def question(drug: str, oi_type: str, age: float, span: int, **told: Any) -> str:
    who = {"sex": "male", "age": age, "oi_type": oi_type, "activity_percent": 100, "vitamin_d_nmol_per_l": 50}
    return urlencode(who | {"drug0": drug, "for_years0": span, "years": span, "seed": 1} | told)


QUESTIONS = [
    question("zoledronate", "IV", 7, 3),
    question("zoledronate", "IV", 6, 3, **MEASURED),
    question("risedronate", "I", 7, 2),
    question("pamidronate", "III", 1, 3),
    question("pamidronate", "IV", 14, 10),
    question("alendronate", "I", 40, 5),
    question("neridronate", "III", 12, 3),
    question("none", "III", 7, 3),
]


def pages(paper: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", paper))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_prints_on_one_page(site: Path, page: Any, language: str, screenshots: Path) -> None:
    counts = {}
    for k, asked in enumerate(QUESTIONS):
        page.goto("about:blank")
        page.goto(f"{(site / FILES[language]).as_uri()}?{asked}")
        answered(page)
        a4 = page.pdf(prefer_css_page_size=True)
        (screenshots / f"sheet-{language}-{k}.pdf").write_bytes(a4)
        counts[asked] = (pages(a4), pages(page.pdf(**LETTER)))
    assert {asked: found for asked, found in counts.items() if found != (1, 1)} == {}


def test_what_was_measured_stands_on_the_sheet(site: Path, page: Any) -> None:
    told = {
        "en": (
            "105 cm",
            "17 kg",
            "last spine Z-score −4",
            "breaks in the last 2 years, without the spine: 6",
        ),
        "de": (
            "105 cm",
            "17 kg",
            "Z-Wert der Wirbelsäule −4",
            "in den letzten 2 Jahren, ohne Wirbelsäule: 6",
        ),
    }
    for language, parts in told.items():
        page.goto(f"{(site / FILES[language]).as_uri()}?{question('zoledronate', 'IV', 7, 1, **MEASURED)}")
        answered(page)
        said = page.text_content("#sheet-person")
        assert [part for part in parts if part not in said] == [] and "measured" not in said
