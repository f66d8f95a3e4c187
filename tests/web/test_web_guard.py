"""The guard alone, before an application that only repeats what it was sent."""

import asyncio
import json
from typing import Any

import pytest
from loops import alone

from brittlestar.web import guard as safety
from brittlestar.web.guard import HEADERS, MOST_BYTES, MOST_DEPTH, MOST_REQUESTS, Guard, Refused, strict_json

HOST = "127.0.0.1:8123"
GOOD = {
    "host": HOST,
    "origin": f"http://{HOST}",
    "content-type": "application/json",
    "x-brittlestar-token": "t",
}


async def repeat(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the body; asks for more than there is, as servers of long answers do."""
    message = await receive() if scope["method"] == "POST" else {"body": b"got"}
    await send({"type": "http.response.start", "status": 200, "headers": [(b"cache-control", b"max-age=9")]})
    await send({"type": "http.response.body", "body": message["body"]})


def ask(
    body: bytes | list[bytes] = b"{}",
    headers: dict[str, str] | None = None,
    method: str = "POST",
    app: Any = repeat,
    guard: Guard | None = None,
    twice: tuple[str, str] | None = None,
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer to a request that comes in these parts."""
    parts = [body] if isinstance(body, bytes) else body
    coming = [
        {"type": "http.request", "body": part, "more_body": i + 1 < len(parts)}
        for i, part in enumerate(parts)
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> Any:
        return coming.pop(0) if coming else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    given = GOOD if headers is None else headers
    pairs = [(name.encode(), value.encode()) for name, value in given.items()]
    if twice is not None:
        pairs.append((twice[0].encode(), twice[1].encode()))
    scope = {"type": "http", "method": method, "path": "/", "headers": pairs}
    alone((guard or Guard(app, port=8123, token="t"))(scope, receive, send))
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], found, b"".join(message.get("body", b"") for message in sent[1:])


def test_what_is_let_in_arrives_whole():
    assert ask([b'{"a"', b": ", b"1}"])[::2] == (200, b'{"a": 1}')
    assert ask(method="GET", headers={"host": "localhost:8123"})[::2] == (200, b"got")
    for kind in ("application/json; charset=utf-8", "Application/JSON"):
        assert ask(headers=GOOD | {"content-type": kind})[0] == 200


def test_every_answer_carries_every_header_once():
    _, headers, _ = ask()
    assert headers == HEADERS | {"cache-control": "max-age=9"}


@pytest.mark.parametrize(
    ("change", "status"),
    [({"host": "localhost"}, 400), ({"origin": "http://localhost:8123"}, 403), ({"origin": ""}, 403),
     ({"x-brittlestar-token": "T"}, 403), ({"x-brittlestar-token": ""}, 403), ({"content-type": ""}, 415),
     ({"content-encoding": "identity"}, 415)],
)  # fmt: skip
def test_what_is_not_this_pages_own_is_refused(change: dict[str, str], status: int):
    assert ask(headers=GOOD | change)[0] == status
    (name,) = change
    without = {key: value for key, value in GOOD.items() if key != name}
    assert ask(headers=without)[0] == (status if name != "content-encoding" else 200)


@pytest.mark.parametrize(("name", "status"), [("host", 400), ("origin", 403)])
def test_a_header_that_comes_twice_is_refused(name: str, status: int):
    assert ask(twice=(name, GOOD[name]))[0] == status


def test_a_body_has_a_size_and_an_end():
    whole = b'"' + b"x" * (MOST_BYTES - 2) + b'"'
    assert ask(whole)[0] == 200 and ask([whole[:-1], whole[-1:]])[0] == 200
    assert ask([whole, b" "])[0] == 413 and ask(whole + b" ")[0] == 413

    async def gone() -> Any:
        return {"type": "http.disconnect"}

    with pytest.raises(Refused) as early:
        alone(safety.whole_body(gone))
    assert early.value.status == 400


def test_a_body_that_does_not_come_is_waited_for_only_so_long(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(safety, "MOST_BODY_SECONDS", 0.01)
    sent: list[Any] = []

    async def never() -> Any:
        await asyncio.sleep(60.0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/",
        "headers": [(name.encode(), value.encode()) for name, value in GOOD.items()],
    }  # fmt: skip
    alone(Guard(repeat, port=8123, token="t")(scope, never, send))
    assert sent[0]["status"] == 408


def test_more_requests_than_can_be_answered_are_told_so():
    guard = Guard(repeat, port=8123, token="t")
    assert guard.running == 0
    guard.running = MOST_REQUESTS - 1
    assert ask(guard=guard)[0] == 200
    guard.running = MOST_REQUESTS
    assert ask(guard=guard)[0] == 503
    assert guard.running == MOST_REQUESTS  # both have gone again
    assert MOST_REQUESTS == 64


def test_a_fault_behind_the_guard_is_one_sentence():
    async def fails(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError("inner words")

    status, headers, body = ask(app=fails)
    assert status == 500 and headers["x-frame-options"] == "DENY"
    assert json.loads(body)["detail"][0]["type"] == "refused" and b"Traceback" not in body

    async def fails_late(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError("inner words")

    with pytest.raises(ZeroDivisionError):
        ask(app=fails_late)

    async def leaves(scope: Any, receive: Any, send: Any) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        ask(app=leaves)


def test_what_waits_for_more_of_the_body_hears_that_the_client_left():
    async def reads_on(scope: Any, receive: Any, send: Any) -> None:
        first, second = await receive(), await receive()
        assert (first["body"], first["more_body"]) == (b"{}", False)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": second["type"].encode()})

    assert ask(app=reads_on)[2] == b"http.disconnect"


def test_only_a_lifespan_passes_beside_http():
    seen: list[str] = []

    async def note(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    guard = Guard(note, port=8123, token="t")
    for kind in ("lifespan", "websocket"):
        alone(guard({"type": kind}, None, None))  # type: ignore[arg-type]
    assert seen == ["lifespan"]


def test_brackets_are_counted_outside_of_text_alone():
    assert MOST_DEPTH == 8 and MOST_BYTES == 131_072
    whole = "[" * 8 + "]" * 8
    assert strict_json(whole.encode()) is not None
    assert len(strict_json(("[" + ",".join(["[[]]"] * 20) + "]").encode())) == 20
    assert strict_json(json.dumps({"a": '\\"[[[[[[[[[', "b": "{" * 9}).encode())["b"] == "{" * 9
    assert strict_json(b'["\\\\", [[[[[[["]"]]]]]]]]')[0] == "\\"
    for text in ("[" * 9 + "]" * 9, '{"a":' * 9 + "1" + "}" * 9, '["\\\\", [[[[[[[["]"]]]]]]]]]'):
        with pytest.raises(Refused, match="levels"):
            strict_json(text.encode())


@pytest.mark.parametrize(
    ("text", "reason"),
    [(b"\xff", "UTF-8"), (b'{"a": 1, "a": 1}', "each key once"), (b"[NaN]", "finite"),
     (b"[-Infinity]", "finite"), (b"[1e999]", "finite"),
     (b"9" * 21, "20 digits"), (b"-" + b"9" * 20, "20 digits"), (b"nothing", "JSON"),
     (b'"\\ud800"', "whole characters")],
)  # fmt: skip
def test_json_that_readers_understand_differently_is_refused(text: bytes, reason: str):
    with pytest.raises(Refused, match=reason) as told:
        strict_json(text)
    assert (told.value.status, str(told.value)) == (400, told.value.reason)


def test_numbers_up_to_their_limits_are_read():
    assert strict_json(b"9" * 20) == 10**20 - 1 and strict_json(b"[-1.5e300]") == [-1.5e300]


def test_a_token_is_drawn_anew():
    assert len({safety.new_token() for _ in range(9)}) == 9 and len(safety.new_token()) >= 43
