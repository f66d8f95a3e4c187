"""The page without a server, in Node: what it answers and what it refuses is what Python says."""

import json
import re
import shutil
import subprocess
from importlib.resources import as_file, files
from pathlib import Path

import pytest

import site_questions as questions
from brittlestar.web import answer, catalogue, downloads
from brittlestar.web.requests import Explore
from brittlestar.web.site.bundle import bundle, text_of
from brittlestar.web.site.write import computing

NODE = shutil.which("node")
COUNT, SEED = 30, 20
SURE = {"years": 1, "plan": {"for_years": 1.0}, "person": {"baseline_z": -3.5}}
"""A question whose ranges are asked too: people weighed by a Z-score."""

LEAST = SURE | {"person": {"age": 7.0, "sex": "female", "oi_type": "IV", "baseline_z": -8.1}}
"""Another: the least Z-score that is accepted, which some parameter sets rule out."""

MAKING = ("input_sha256", "created", "python", "jax", "numpy")
"""Of a manifest: what is not of the model."""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Questions, refused ones and two with their ranges, each with what Node says."""
    if NODE is None:
        pytest.skip("no `node` here: what runs the page's script outside a browser")
    folder = tmp_path_factory.mktemp("site")
    with as_file(files("brittlestar.web") / "static") as static:
        shutil.copytree(static, folder / "static")
    # Files ending in .js are no modules to Node unless something beside them says so.
    (folder / "static" / "package.json").write_text('{"type": "module"}')
    (folder / "computing.bin").write_bytes(computing())
    asked = [*questions.drawn(SEED, COUNT), *questions.REFUSED, SURE, LEAST]
    (folder / "asked.json").write_text(json.dumps([{"asked": q, "sure": q in (SURE, LEAST)} for q in asked]))
    here = Path(__file__).with_name("site_in_node.mjs")
    words = [here, folder / "static", folder / "computing.bin", folder / "asked.json", folder / "told.json"]
    subprocess.run([NODE, *words], check=True, timeout=600)
    return list(zip(asked, json.loads((folder / "told.json").read_text()), strict=True))


def _of_python(asked):
    found = answer.answer(Explore.model_validate(asked)).model_dump(mode="json", by_alias=True)
    return found | {"manifest": _of_the_model(found["manifest"])}


def _of_the_model(manifest):
    return {key: value for key, value in manifest.items() if key not in MAKING}


def test_thirty_questions_are_answered_as_in_python(told):
    """Same fates, same notes, and numbers within 1e-12 of an output's scale."""
    for asked, said in told[:COUNT]:
        assert "error" not in said, (asked, said)
        found = said["answer"] | {"manifest": _of_the_model(said["answer"]["manifest"])}
        assert questions.apart(found, _of_python(asked)) == [], asked


def test_the_first_number_is_near_the_one_that_follows(told):
    """By steps of a week the counts are lower by some thousandths, and nothing else differs."""
    for asked, said in told[:COUNT]:
        rough, whole = said["centre"]["fractures"], said["answer"]["fractures"]
        for side in ("untreated", "plan"):
            assert rough[side] == pytest.approx(whole[side], rel=6e-3), asked
        assert rough.keys() == whole.keys() - {"counts", "untreated_outside_spine"}
        assert rough["no_trials"] == whole["no_trials"]
        assert said["centre"]["plan"] == said["answer"]["plan"]


def test_what_python_refuses_is_refused_in_the_same_words(told):
    for asked, said in told[COUNT:-2]:
        assert said.get("error") == questions.refusal(asked, answer.answer), asked


@pytest.mark.parametrize("language", catalogue.LANGUAGES[1:])
def test_each_sentence_of_an_answer_and_each_refusal_has_a_translation(told, language):
    """Known as ``static/sentences.js`` knows it: by its English form."""
    every = catalogue.sentences(language)["sentence"]
    forms = [_form(one["en"]) for one in every]
    for one in every:
        assert set(re.findall(r"{(\w+)}", one["said"])) <= set(re.findall(r"{(\w+)}", one["en"])), one["en"]
    said = {note for _, one in told[:COUNT] for note in one["answer"]["notes"]}
    # As reasons.js has it: what a schema says has texts of its own.
    refused = {one["error"] for _, one in told[COUNT:-2]} - UNTOLD
    of_schema = {error for error in refused if " should " in error}
    said |= {
        re.sub(r"^[^']*?: got (?:'[^']*'|[^';]*); (.)", lambda found: found[1].upper(), error)
        for error in refused - of_schema
    }
    known = re.findall(r"\[/(.*)/, \"", text_of("reasons.js"))
    assert [one for one in of_schema if not any(re.search(form, one) for form in known)] == []
    assert (
        of_schema
        and len(said) > 40
        and [text for text in said if not any(form.fullmatch(text) for form in forms)] == []
    )


UNTOLD = {"years Input should be 1, 2, 3, 5 or 10"}
"""Refused of what the form does not let a person choose."""


def _form(text):
    parts = re.split(r"{(\w+)}", text)
    number = r"[+−-]?[\d.,]*\d(?:e[+-]\d+)?"
    said = (
        (number if part[0] == "n" else ".+?") if i % 2 else re.escape(part) for i, part in enumerate(parts)
    )
    return re.compile("".join(said), re.DOTALL)


def test_ranges_are_those_of_the_same_sets(told):
    for asked, said in told[-2:]:
        wanted = answer.sure(Explore.model_validate(asked)).model_dump(mode="json")
        assert questions.apart(said["sure"], wanted) == []
    (_, usual), (_, least) = told[-2:]
    assert usual["sure"]["sets"] == 16 and 4 < least["sure"]["sets"] < 16


def test_files_of_an_answer_are_those_of_the_served_page(told):
    for asked, said in told[:3]:
        question = Explore.model_validate(asked)
        assert said["toml"] == downloads.to_toml(question)
        whole = answer.answer(question).model_dump(mode="json", by_alias=True)
        assert said["csv"] == downloads.to_csv(whole)


def test_a_bundle_holds_each_module_once_after_those_that_it_needs():
    script = bundle("alone/worker.js")
    assert script.count("// alone/numbers.js\n") == 1
    assert script.index("// alone/special.js\n") < script.index("// alone/chance.js\n")
    assert "\nimport " not in script and "\nexport " not in script


@pytest.mark.parametrize("form", ['import x from "./y.js";', "export const A = 1, B = 2;", "export { a };"])
def test_a_module_in_another_form_is_refused(monkeypatch, form):
    monkeypatch.setattr("brittlestar.web.site.bundle.text_of", lambda _: f"{form}\n")
    with pytest.raises(ValueError, match=r"accepted: what `bundle` says"):
        bundle("x.js")
