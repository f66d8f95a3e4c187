"""The screen of trials in German: the form, runs, results, powers, designs side by side, and refusals."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from german import english_in
from loops import alone
from small_trial import SMALL
from test_web_speech import Said

from brittlestar._shared.result_files import save_result
from brittlestar.trials.arms import warnings_of
from brittlestar.trials.power.simulation import power_of
from brittlestar.trials.protocol_files import load_protocol
from brittlestar.trials.protocol_texts import library
from brittlestar.trials.run import run_trial
from brittlestar.web.app import create_app
from brittlestar.web.design_form import choices
from brittlestar.web.jobs import results
from brittlestar.web.jobs.queue import DONE, OVER, Job
from brittlestar.web.requests import Trial
from brittlestar.web.speech import speech

PORT, TOKEN = 8127, "a-token-for-these-tests"
HOST = f"127.0.0.1:{PORT}"
GOOD = {"origin": f"http://{HOST}", "content-type": "application/json", "x-brittlestar-token": TOKEN}

GERMAN = SMALL.replace("A small trial of one's own", "Eine kleine Studie").replace(
    "change of spine density", "Dichte").replace("share with a fracture", "Anteil mit Bruch")  # fmt: skip
"""The small trial by somebody who names title and endpoints in German; its arms have English names."""

PLANS = re.compile(r"placebo.*|no treatment.*|.* (iv|oral) .*")


@pytest.fixture(scope="module")
def app() -> Iterator[Any]:
    made = create_app(PORT, token=TOKEN, warm=False)
    yield made
    made.state.jobs.close()


def send(app: Any, method: str, path: str, body: Any = None) -> httpx.Response:
    async def one() -> httpx.Response:
        base = f"http://{HOST}"
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base) as client:
            return await client.request(method, path, json=body, headers=GOOD)

    return alone(one())


def english_of(html: str) -> list[str]:
    """Texts of a page or of a part of one that have English left, but for plans as they are typed."""
    said = Said()
    said.feed(html if "<html" in html else f'<main lang="de">{html}</main>')
    assert said.found
    typed = [text for _, language, text in said.found if language == "en" and PLANS.fullmatch(text)]
    return [text for _, _, text in said.found if english_in(text) and text not in typed]


def told(replies: Any) -> list[str]:
    """Every text of an answer in JSON."""
    if isinstance(replies, dict):
        return [text for one in replies.values() for text in told(one)]
    if isinstance(replies, list):
        return [text for one in replies for text in told(one)]
    return [replies] if isinstance(replies, str) else []


def made_here(folder: Path, asked: dict[str, Any], kind: str) -> Job:
    """A finished trial of two repetitions, or its power of 100, without a server."""
    trial = Trial.model_validate(asked)
    if kind == "trial":
        run_trial(trial.read(), replicates=2, seed=1, out=folder / "made")
    else:
        found = power_of(trial.read(), sizes=[10, 20], replicates=100, seed=1)
        save_result(folder / "made", {"power.json": found.to_dict()})
    return Job(kind=kind, name="", asked=asked, folder=folder, id="0", state=DONE)


def test_a_small_trial_is_german_from_the_form_to_its_result(app: Any) -> None:
    assert english_of(send(app, "GET", "/trial?lang=de").text) == []
    form = send(app, "POST", "/api/designs/form?lang=de", {"text": GERMAN}).json()
    assert form["said"] == {"title": "Eine kleine Studie", "arms": ["ohne Behandlung", "Zoledronat"]}
    assert [arm["label"] for arm in form["form"]["arms"]] == ["no treatment", "zoledronate"]
    assert form["endpoints"][0] == ["own", "Wie im Protokoll: Dichte; Anteil mit Bruch"]
    assert [text for text in told(form["endpoints"]) if english_in(text)] == []
    id = send(app, "POST", "/api/jobs/trial?lang=de", {"text": GERMAN, "replicates": 2}).json()["id"]
    for _ in range(1200):
        job = send(app, "GET", f"/api/jobs/{id}?lang=de").json()
        if job["state"] in OVER:
            break
        time.sleep(0.1)
    assert job["state"] == DONE, job["error"]
    assert job["name"] == "Eine kleine Studie, 2-mal"
    assert send(app, "GET", "/api/jobs?lang=de").json()[0]["name"] == job["name"]
    html = send(app, "GET", f"/api/jobs/{id}/result?lang=de").json()["html"]["result"]
    assert "Ohne Bruch nach 12 Monaten: Zoledronat" in html
    assert english_of(html) == []
    english = send(app, "GET", f"/api/jobs/{id}/result").json()["html"]["result"]
    assert "Without a fracture at 12 months: zoledronate" in english


def test_a_published_trial_its_power_and_designs_side_by_side_are_german(tmp_path: Path) -> None:
    asked = {"protocol": "orbit-like", "randomised": 20, "replicates": 2}
    ran, power = made_here(tmp_path / "a", asked, "trial"), made_here(tmp_path / "b", asked, "power")
    assert english_of(results.trial_result(ran, "de")["html"]["result"]) == []
    assert english_of(results.power_result(power, "de")["html"]["result"]) == []
    assert english_of(results.designs_result([power, power], "de")["html"]["designs"]) == []


def test_colours_of_arms_are_those_of_the_english_chart(tmp_path: Path) -> None:
    """Arms without the drug are known by their English names: a translation must not recolour them."""
    job = made_here(tmp_path, {"text": GERMAN, "replicates": 2}, "trial")

    def colours(language: str) -> list[str]:
        html = results.trial_result(job, language)["html"]["result"]
        (spec,) = re.findall(r'id="spec-free">(.*?)</script>', html)
        return re.findall(r'"range": ?\[[^\]]*\]', spec)

    assert colours("de") == colours("en") != []


@pytest.mark.parametrize("name", library())
def test_every_name_of_a_shipped_protocol_has_its_german(name: str) -> None:
    protocol, say = load_protocol(name), speech("de")
    names = [protocol.title, *(one.label for one in (*protocol.arms, *protocol.endpoints))]
    names += [said.words for one in protocol.endpoints for said in one.said]
    names += [label for _, label in choices(protocol)]
    assert [one for one in names if not say.knows(one) or english_in(say(one))] == []


def test_what_is_told_of_height_on_treatment_has_its_german() -> None:
    (one,) = [one for one in warnings_of(load_protocol("poise")) if one["rule"] == "height-on-treatment"]
    for text in (one["rule"], one["message"], one["source"]):
        assert speech("de").knows(text) and not english_in(speech("de")(text)), text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("size: got '900,000 person-years'; accepted here: up to 400,000; larger trials run with "
         "`brittlestar trial`",
         "size: da steht '900,000 person-years'; hier geht es bis 400.000; größere Studien laufen mit "
         "`brittlestar trial`"),
        ("protocol: got 'pois'; did you mean 'poise'? accepted: poise, ward2011 and 10 more",
         "protocol: da steht 'pois'; war 'poise' gemeint? erlaubt: poise, ward2011 und 10 weitere"),
        ("arms: got 3; accepted: 2 as in the protocol", "arms: da steht 3; erlaubt: 2 wie im Protokoll"),
        (r"plan: got 'don\'t; got it'; accepted: a plan in words, or a published regimen's name",
         r"plan: da steht 'don\'t; got it'; erlaubt: ein Plan in Worten oder der Name eines veröffentlichten "
         "Plans"),
    ],
)  # fmt: skip
def test_a_refusal_is_german_but_for_what_was_typed(text: str, said: str) -> None:
    assert speech("de").refusal(text) == said
    assert speech("en").refusal(text) == text


def test_a_refused_design_is_told_in_the_language_that_asked(app: Any) -> None:
    ask = {"protocol": "poise", "replicates": 400, "randomised": 2000}
    (german,) = send(app, "POST", "/api/jobs/trial?lang=de", ask).json()["detail"]
    (english,) = send(app, "POST", "/api/jobs/trial", ask).json()["detail"]
    assert "hier geht es bis 400.000" in german["msg"] and english["msg"].startswith("size: got ")
    stale = httpx.Headers(GOOD | {"x-brittlestar-token": "another"})

    async def one() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{HOST}") as client:
            return await client.post("/api/jobs/trial?lang=de", json=ask, headers=stale)

    assert alone(one()).json()["detail"][0]["msg"].endswith("bitte neu laden")
