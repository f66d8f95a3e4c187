"""One page to print from the command line: what the page's own sheet holds, in its words."""

import re
from importlib import resources
from pathlib import Path

import pytest

from brittlestar.cli import main
from brittlestar.cli.commands import PDF_LANGUAGES
from brittlestar.comparison import Comparison, compare
from brittlestar.people.person import Person
from brittlestar.web import paper
from brittlestar.web.catalogue import LANGUAGES, catalogue, rules
from brittlestar.web.catalogue import rows as catalogue_rows

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


def test_page_and_paper_follow_one_file_of_rules() -> None:
    static = resources.files("brittlestar.web").joinpath("static")
    scripts = {
        name: static.joinpath(name).read_text("utf-8") for name in ("harms.js", "picture.js", "question.js")
    }
    used = {name for text in scripts.values() for name in re.findall(r"RULES\.(\w+)", text)}
    assert used == set(rules()) and set(rules()["harms_on_paper"]) <= set(catalogue_rows())


def test_another_language_is_that_of_the_page(result: Comparison) -> None:
    said, text = re.sub(r"\s+", " ", words(paper.svg(result, "de"))), catalogue("de")
    for part in ("10 solche Mädchen", "Mädchen, 7 Jahre", text["sheet.badge"], text["sheet.question1"][:40]):
        assert part in said, part
    assert text["lang.draft_note"][:30] in said
    assert not re.search(r"\b(Without|girls|bones|under 1|Harms)\b", said)


def test_without_trials_and_without_a_drug_it_says_so() -> None:
    child = Person(age=7.0, sex="male", oi_type="I")
    above = words(paper.svg(compare(child, "zoledronate 0.1 mg/kg iv every 6 months", 1.0, draws=4, seed=1)))
    assert "no trial speaks of this dose" in re.sub(r"\s+", " ", above) and "the better guide" not in above
    nothing = words(paper.svg(compare(child, "physiotherapy for 1 year", 1.0, draws=4, seed=1)))
    assert "No drug, so no harm of a drug." in nothing and "by this model" not in nothing


def test_the_command_line_knows_the_languages_of_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert PDF_LANGUAGES == LANGUAGES
    who = ["--age", "7", "--sex", "female", "--type", "IV", "--plan", PLAN]
    assert main(["simulate", *who, "--language", "xx"]) == 2 and "--language" in capsys.readouterr().err


def test_a_file_that_is_there_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = tmp_path / "page.pdf"
    there.write_text("mine", encoding="utf-8")
    who = ["--age", "7", "--sex", "female", "--type", "IV", "--plan", PLAN, "--years", "1"]
    for place in (there, tmp_path / "nowhere" / "page.pdf"):
        assert main(["simulate", *who, "--pdf", str(place)]) == 2
        assert "--pdf" in capsys.readouterr().err
    assert there.read_text(encoding="utf-8") == "mine"
