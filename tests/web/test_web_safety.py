"""What a hostile page or client may try, and that nothing comes of it."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from loops import alone

from brittlestar.care import as_plan
from brittlestar.trials.protocol_texts import protocol_text
from brittlestar.web.app import create_app
from brittlestar.web.guard import MOST_BYTES, Refused, strict_json

PORT, TOKEN = 8123, "a-token-for-these-tests"
HOST = f"127.0.0.1:{PORT}"
GOOD = {"origin": f"http://{HOST}", "content-type": "application/json", "x-brittlestar-token": TOKEN}
EXPLORE = "/api/explore"


@pytest.fixture(scope="module")
def app() -> Any:
    made = create_app(PORT, token=TOKEN, warm=False, docs=True)
    yield made
    made.state.jobs.close()


def send(app: Any, method: str, path: str, **how: Any) -> httpx.Response:
    async def one() -> httpx.Response:
        base = f"http://{HOST}"
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base) as client:
            return await client.request(method, path, **how)

    return alone(one())


@pytest.mark.parametrize(
    "host",
    ["attacker.example", "127.0.0.1", f"localhost.evil:{PORT}", f"[::1]:{PORT}", f"127.0.0.1:{PORT + 1}",
     f"127.0.0.1.nip.io:{PORT}", f"LOCALHOST:{PORT}", f"0.0.0.0:{PORT}", f"user@127.0.0.1:{PORT}", ""],
)  # fmt: skip
def test_only_this_host_is_answered(app: Any, host: str) -> None:
    assert send(app, "GET", "/api/specs", headers={"host": host}).status_code == 400


def test_localhost_by_name_is_answered(app: Any) -> None:
    assert send(app, "GET", "/favicon.ico", headers={"host": f"localhost:{PORT}"}).status_code == 204


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"origin": "http://attacker.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": None}, 403),
        ({"origin": f"https://{HOST}"}, 403),
        ({"origin": f"http://localhost:{PORT}"}, 403),
        ({"x-brittlestar-token": "another"}, 403),
        ({"x-brittlestar-token": None}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-type": "multipart/form-data; boundary=x"}, 415),
        ({"content-encoding": "gzip"}, 415),
    ],
)
def test_only_this_page_may_ask(app: Any, change: dict[str, str | None], status: int) -> None:
    headers = {name: value for name, value in (GOOD | change).items() if value is not None}
    reply = send(app, "POST", "/api/jobs/trial", content=b"{}", headers=headers)
    assert reply.status_code == status
    assert not app.state.jobs.jobs
    assert "access-control-allow-origin" not in reply.headers


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"years": NaN}', 400),
        ('{"person": {"age": Infinity}}', 400),
        ('{"plan": {"words": "\\ud800"}}', 400),
        ('{"\\udc00": 1}', 400),
        ('{"person": {"age": 1e400}}', 400),
        ('{"person": {"age": -1e400}}', 400),
        ('{"years": 1, "years": 2}', 400),
        ('{"person": {"age": 1, "age": 2}}', 400),
        ("[" * 5000, 400),
        ('{"person": ' * 9 + "{}" + "}" * 9, 400),
        ('{"seed": ' + "9" * 5000 + "}", 400),
        ("not json", 400),
        (b'{"plan": "\xff"}', 400),
        ('{"doseUnit": "ug"}', 422),
        ('{"person": {"name": "Ada"}}', 422),
        ('{"person": {"age": "7"}}', 422),
        ('{"person": {"age": true}}', 422),
        ('{"person": {"age": 700}}', 422),
        ('{"years": 4}', 422),
        ('{"seed": 1.5}', 422),
        ('{"plan": {"drug": "words", "words": "' + "x" * 401 + '"}}', 422),
        ('{"plan": {"drug": "words", "words": "/etc/passwd.toml"}}', 422),
        ('{"plan": {"drug": "words", "words": "../plan.TOML "}}', 422),
        ('{"plan": {"drug": "words", "words": "<script>alert(1)</script>"}}', 422),
        ('{"plan": {"drug": "words", "words": ""}}', 422),
        ("[]", 422),
        ('"' + "x" * MOST_BYTES + '"', 413),
    ],
)
def test_json_that_is_not_what_was_meant_is_refused(app: Any, body: str | bytes, status: int) -> None:
    content = body if isinstance(body, bytes) else body.encode()
    reply = send(app, "POST", EXPLORE, content=content, headers=GOOD)
    assert reply.status_code == status, reply.text
    assert isinstance(reply.json()["detail"], list)


def test_no_plan_file_of_this_machine_is_read(app: Any, tmp_path: Path) -> None:
    place = tmp_path / "plan.toml"
    place.write_text(
        '[[regimens]]\ndrug = "zoledronate"\ndose = 0.05\ndose_unit = "mg/kg"\nevery = "6 months"\n'
    )
    # It is a plan that every other door reads.
    assert as_plan(place).drugs == ("zoledronate",)
    for words in (str(place), f" {place} ", str(place).replace("plan.toml", "PLAN.toml")):
        body = {"plan": {"drug": "words", "words": words}}
        reply = send(app, "POST", EXPLORE, content=json.dumps(body).encode(), headers=GOOD)
        assert reply.status_code == 422, words
    ask = {"text": re.sub(r'plan = "[^"]*"', f'plan = "{place}"', protocol_text("poise")[0])}
    reply = send(app, "POST", "/api/jobs/trial", content=json.dumps(ask).encode(), headers=GOOD)
    assert reply.status_code == 422 and "plan" in reply.text


def test_json_means_one_thing() -> None:
    assert strict_json(b'{"a": [1, 2.5, "[[[[[[[[[[", null]}') == {"a": [1, 2.5, "[[[[[[[[[[", None]}
    with pytest.raises(Refused):
        strict_json(b'{"a": 1, "a": 1}')


@pytest.mark.parametrize(
    "path",
    ["/static/../app.py", "/static/%2e%2e%2fapp.py", "/static//etc/passwd", "/static/app.py", "/static/a%00b",
     "/static/..%5capp.py", "/static/" + "x" * 5000, "/api/protocols/..%2fposterior", "/api/protocols/.."],
)  # fmt: skip
def test_no_path_is_taken_from_the_client(app: Any, path: str) -> None:
    assert send(app, "GET", path).status_code in (404, 422)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(app: Any, method: str) -> None:
    assert send(app, method, "/api/explore", headers=GOOD).status_code == 405


def test_every_answer_carries_the_policy(app: Any) -> None:
    for path in ("/", "/static/app.js", "/nothing", "/api/specs?plans=9"):
        headers = send(app, "GET", path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"


def test_a_page_holds_no_script_of_its_own_and_nothing_from_elsewhere(app: Any) -> None:
    for path in ("/", "/compare", "/trial", "/evidence", "/leaflet", "/unknown"):
        text = send(app, "GET", path).text
        assert "<style" not in text and " onclick" not in text and " style=" not in text
        for start in text.split("<script")[1:]:
            head = start.partition(">")[0]
            assert 'src="/static/' in head or 'type="application/json"' in head
        assert 'src="http' not in text and 'href="//' not in text


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        ({"randomised": 2000, "replicates": 400}, "person-years"),
        ({"protocol": "nothing"}, "protocol"),
        ({"text": "a = 1\na = 2"}, "TOML"),
        ({"text": "arms = [{plan = '/etc/passwd.toml'}]"}, "plan"),
        ({"text": "x = " + "[" * 3000}, ""),
        ({"text": "arms = 3"}, ""),
    ],
)
def test_a_trial_that_asks_too_much_makes_no_job(app: Any, ask: dict[str, Any], reason: str) -> None:
    reply = send(app, "POST", "/api/jobs/trial", content=json.dumps(ask).encode(), headers=GOOD)
    assert reply.status_code == 422 and reason in reply.text
    assert not app.state.jobs.jobs


def test_a_job_is_looked_up_and_never_guessed(app: Any) -> None:
    assert send(app, "GET", "/api/jobs/00000000-0000-4000-8000-000000000000").status_code == 404
    assert send(app, "GET", "/api/jobs/..").status_code in (404, 422)
