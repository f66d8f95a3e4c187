"""Whoever holds a connection without asking, or without taking the answer, holds up nobody else."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from brittlestar.web import connections, guard
from brittlestar.web.connections import TimedConnection
from brittlestar.web.guard import Guard

TOKEN = "a-token-for-these-tests"
HALF = b"GET / HTTP/1.1\r\nHost: 127.0.0.1"


async def page(scope: Any, receive: Any, send: Any) -> None:
    """A small page; ``/long`` is more than any buffer holds, ``/broken`` fails, ``/wait`` takes a while."""
    if scope["path"] == "/broken":
        raise ZeroDivisionError("of this test")
    if scope["path"] == "/wait":
        await asyncio.sleep(1.0)
    size = 64 * 2**20 if scope["path"] == "/long" else 2
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x" * size})


@contextmanager
def served() -> Iterator[int]:
    """The port of a server on this machine with a page of its own."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    app = Guard(page, port=port, token=TOKEN)
    config = uvicorn.Config(
        app, http=TimedConnection, log_level="critical", lifespan="off", timeout_keep_alive=60
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(connections, "MOST_HEAD_SECONDS", 0.5)
    monkeypatch.setattr(connections, "MOST_STALLED_SECONDS", 0.5)
    monkeypatch.setattr(guard, "MOST_BODY_SECONDS", 0.5)
    with served() as port:
        yield port


def opened(port: int, sent: bytes) -> socket.socket:
    one = socket.create_connection(("127.0.0.1", port), timeout=20)
    one.sendall(sent)
    return one


def ended(one: socket.socket) -> bytes:
    """All that comes until the server ends the connection; an error if it never does."""
    said = b""
    try:
        while more := one.recv(65536):
            said += more
    except ConnectionResetError:
        pass
    return said


def get(port: int, path: str = "/") -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=20)


def test_many_halves_of_a_head_hold_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_OPEN", 40)
    with served() as port, ExitStack() as stack:  # with the usual time: all halves are held at once
        halves = [stack.enter_context(opened(port, HALF)) for _ in range(100)]
        for _ in range(3):
            assert get(port).status_code == 200
        assert ended(halves[0]) == b""  # the oldest made room


def test_half_a_head_is_given_up(port: int) -> None:
    for sent in (b"", b"GET", HALF):
        with opened(port, sent) as one:
            assert ended(one) == b""


def test_a_head_that_comes_in_drops_is_given_up(port: int) -> None:
    with opened(port, HALF) as one, pytest.raises((ConnectionResetError, BrokenPipeError)):
        for _ in range(200):
            one.sendall(b"x")
            time.sleep(0.02)


def test_half_a_head_after_an_answer_is_given_up(port: int) -> None:
    whole = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    with opened(port, whole + HALF) as one:
        said = ended(one)
    assert said.startswith(b"HTTP/1.1 200") and said.count(b"HTTP/1.1") == 1


def test_an_answer_that_takes_longer_than_a_head_may_is_given(port: int) -> None:
    assert get(port, "/wait").text == "xx"


def test_half_a_body_is_given_up_with_the_reason(port: int) -> None:
    head = (
        f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
        f"{guard.TOKEN_HEADER}: {TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
    )
    with opened(port, head.encode() + b'{"a"') as one:
        said = ended(one)
    assert said.startswith(b"HTTP/1.1 408") and b"a body within 0.5 s" in said


def test_whoever_takes_nothing_of_an_answer_is_left(port: int) -> None:
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.settimeout(20)
        one.connect(("127.0.0.1", port))
        one.sendall(f"GET /long HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        time.sleep(1.5)
        assert len(ended(one)) < 64 * 2**20
    assert get(port).status_code == 200


def test_more_requests_than_are_answered_at_once_are_told_so(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "MOST_REQUESTS", 0)
    assert get(port).status_code == 503
    monkeypatch.setattr(guard, "MOST_REQUESTS", 1)
    assert [get(port).status_code for _ in range(3)] == [200] * 3  # places become free again


def test_a_fault_is_one_sentence_and_the_server_goes_on(port: int, caplog: pytest.LogCaptureFixture) -> None:
    reply = get(port, "/broken")
    [detail] = reply.json()["detail"]
    assert reply.status_code == 500 and reply.headers["x-frame-options"] == "DENY"
    assert "a fault of this program" in detail["msg"] and "ZeroDivisionError" in detail["msg"]
    assert "ZeroDivisionError" in caplog.text and "Traceback" not in caplog.text
    assert get(port).status_code == 200
