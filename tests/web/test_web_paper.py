"""One page to print from the command line: what the page's own sheet holds, in its words."""

import re
from importlib import resources
from pathlib import Path

import pytest

from brittlestar.cli import main
from brittlestar.comparison import Comparison, compare
from brittlestar.people.person import Person
from brittlestar.web import paper
from brittlestar.web.catalogue import catalogue

PLAN = "zoledronate 0.05 mg/kg iv every 6 months"


@pytest.fixture(scope="module")
def result() -> Comparison:
    return compare(Person(age=7.0, sex="female", oi_type="IV"), PLAN, 1.0, draws=20, seed=4)


def words(drawing: str) -> str:
    return " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", drawing))


def test_the_sheet_holds_what_the_page_prints(result: Comparison) -> None:
    said, text = words(paper.svg(result)), catalogue("en")
    for part in (
        "10 girls like this break about",
        "trials of such drugs point to",
        "Invented girl, 7 years, OI type IV",
        PLAN,
        text["sheet.density"],
        "Fever and aches for some days",
        text["sheet.caution2"][:40],
        text["sheet.question1"],
        "seed 4; 20 simulated people",
        text["sheet.badge"],
    ):
        assert part in said, part
    assert sum(f"• {text[f'sheet.question{n}']}" in said for n in "1234") == 4


def test_it_is_one_page_of_pdf(result: Comparison) -> None:
    made = paper.pdf(result)
    assert made.startswith(b"%PDF") and len(re.findall(rb"/Type\s*/Page\b", made)) == 1


def test_harms_stand_in_the_order_of_the_page() -> None:
    script = resources.files("brittlestar.web").joinpath("static/harms.js").read_text(encoding="utf-8")
    order = re.search(r"ON_PAPER = \[(.*?)\]", script, re.DOTALL)
    assert order is not None and tuple(re.findall(r'"(\w+)"', order[1])) == paper.HARMS


def test_without_trials_and_without_a_drug_it_says_so() -> None:
    child = Person(age=7.0, sex="male", oi_type="I")
    above = words(paper.svg(compare(child, "zoledronate 0.1 mg/kg iv every 6 months", 1.0, draws=4, seed=1)))
    assert "no trial speaks of this dose" in re.sub(r"\s+", " ", above) and "the better guide" not in above
    nothing = words(paper.svg(compare(child, "physiotherapy for 1 year", 1.0, draws=4, seed=1)))
    assert "No drug, so no harm of a drug." in nothing and "by this model" not in nothing


def test_a_file_that_is_there_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = tmp_path / "page.pdf"
    there.write_text("mine", encoding="utf-8")
    who = ["--age", "7", "--sex", "female", "--type", "IV", "--plan", PLAN, "--years", "1"]
    for place in (there, tmp_path / "nowhere" / "page.pdf"):
        assert main(["simulate", *who, "--pdf", str(place)]) == 2
        assert "--pdf" in capsys.readouterr().err
    assert there.read_text(encoding="utf-8") == "mine"
