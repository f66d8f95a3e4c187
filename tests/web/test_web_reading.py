"""What families read: a reader of eleven can, and no range of two studies stands there."""

import re

import pytest

from brittlestar.evidence.leaflet import plain
from brittlestar.evidence.studies.cards import cards
from brittlestar.web import pages, screens

OLDEST_READER, AGE_OF_GRADE_0 = 11, 5
"""Reading age in years: a grade of school plus five."""


def grades(text: str) -> dict[str, float]:
    """Grades of school that a text takes."""
    readability = pytest.importorskip("readability")
    sentences = re.split(r"(?<=[.?!])\s+", text)
    words = (" ".join(re.findall(r"[\w’'-]+|[.?!,]", sentence)) for sentence in sentences)
    measured = readability.getmeasures("\n".join(words), lang="en")["readability grades"]
    return {name: measured[name] for name in ("Kincaid", "ARI", "Coleman-Liau")}


def texts() -> dict[str, str]:
    found = [line for card in cards() for line in (f"{card.who}.", *card.found)]
    return {
        "leaflet": " ".join(one.plain for one in plain.statements().values()),
        "questions": " ".join(" ".join(one) for one in plain.questions().values()),
        "studies": " ".join(found),
    }


@pytest.mark.parametrize("name", ["leaflet", "questions", "studies"])
def test_a_reader_of_eleven_can_read_it(name: str) -> None:
    for measure, grade in grades(texts()[name]).items():
        assert grade + AGE_OF_GRADE_0 <= OLDEST_READER, measure
    hard = "The pharmacokinetics of nitrogenous bisphosphonates are characterised by skeletal retention."
    assert grades(hard)["Kincaid"] + AGE_OF_GRADE_0 > OLDEST_READER


def test_nothing_is_pooled_from_two_studies() -> None:
    content = screens.evidence()
    told = {pool["id"]: pool["said"] for pool in content["pools"]}
    assert any("2 studies: too few to pool." in said for said in told.values())
    assert all(
        "Pooled, 2 studies" not in one.spec for figures in content["figures"].values() for one in figures
    )
    html = pages.page("evidence", "token", **content)
    assert "brittlestar evidence" not in html and "31 of 100 children on tablets" in html
