"""What is let in: this machine's own page and nobody else's, and JSON that means one thing only."""

import asyncio
import hmac
import json
import logging
import math
import secrets
from typing import Any

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from brittlestar._shared import faults
from brittlestar.web.catalogue import LANGUAGES, spoken
from brittlestar.web.speech import speech

MOST_BYTES = 128 * 1024
MOST_DEPTH = 8
"""Bytes of a request and depth of its JSON: well above what the screens of the page send."""

MOST_BODY_SECONDS = 10.0
"""From the head of a request to the end of its body."""

MOST_REQUESTS = 64
"""Answered at the same time."""

TOKEN_HEADER = "x-brittlestar-token"
_JSON = ("application/json", "application/json; charset=utf-8", "application/json;charset=utf-8")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self' blob: data:; font-src 'self'; form-action 'none'; base-uri 'none'; "
    "object-src 'none'; frame-ancestors 'none'"
)
"""Nothing from elsewhere, no script or style inside the page."""

HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}


class Refused(Exception):
    """A request that is not answered, with the status and the reason."""

    def __init__(self, status: int, reason: str):
        super().__init__(reason)
        self.status, self.reason = status, reason


def strict_json(body: bytes) -> Any:
    """The value of a JSON text that every reader understands alike.

    Raises:
        Refused: not UTF-8 or not JSON, half a surrogate pair, a repeated key, NaN or Infinity, a number
            beyond all floats, or deeper than ``MOST_DEPTH``.
    """
    try:
        text = body.decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise Refused(400, "accepted: UTF-8") from None
    if _depth(text) > MOST_DEPTH:
        raise Refused(400, f"accepted: at most {MOST_DEPTH} levels of brackets")
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite,
                           parse_int=_whole)  # fmt: skip
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise Refused(400, "accepted: whole characters, not half a surrogate pair") from None
    except (ValueError, RecursionError):
        raise Refused(400, "accepted: JSON") from None
    return found


def _depth(text: str) -> int:
    deepest = depth = 0
    inside = escaped = False
    for letter in text:
        if inside:
            inside, escaped = escaped or letter != '"', letter == "\\" and not escaped
        elif letter == '"':
            inside = True
        elif letter in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif letter in "]}":
            depth -= 1
    return deepest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused(400, "accepted: each key once")
    return found


def _no_constant(name: str) -> Any:
    raise Refused(400, f"accepted: finite numbers, not {name}")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise Refused(400, "accepted: finite numbers")
    return value


def _whole(text: str) -> int:
    if len(text) > 20:
        raise Refused(400, "accepted: whole numbers of up to 20 digits")
    return int(text)


class Guard:
    """Stands before the application: Host, Origin, token, type, size and time of every request.

    What the application did not foresee is answered with status 500 and one sentence.

    Args:
        app: what stands behind.
        port: of this server; the host is always this machine.
        token: drawn at every start and given to the page alone.
    """

    def __init__(self, app: ASGIApp, *, port: int, token: str):
        self.app, self.token, self.running = app, token, 0
        self.hosts = (f"127.0.0.1:{port}", f"localhost:{port}")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return

        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        self.running += 1
        try:
            host = self._check(scope)
            if self.running > MOST_REQUESTS:
                raise Refused(503, "busy: too many requests at once; ask again")
            if scope["method"] == "POST":
                receive = await self._checked_body(scope, receive, host)
            await self.app(scope, receive, send_with_headers)
        except Refused as refused:
            await refusal(refused.status, refused.reason, scope)(scope, receive, send_with_headers)
        except (asyncio.CancelledError, KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:  # libraries written in Rust panic past Exception
            sentence = faults.as_sentence(error)
            logging.getLogger("brittlestar").error("brittlestar: %s", sentence)
            if started:
                raise
            await refusal(500, sentence, scope)(scope, receive, send_with_headers)
        finally:
            self.running -= 1

    def _check(self, scope: Scope) -> str:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0] not in self.hosts:
            raise Refused(400, f"Host: accepted: {' or '.join(self.hosts)}")
        return hosts[0]

    async def _checked_body(self, scope: Scope, receive: Receive, host: str) -> Receive:
        headers = Headers(scope=scope)
        if headers.getlist("origin") != [f"http://{host}"]:
            raise Refused(403, "Origin: accepted: this page's own")
        if not hmac.compare_digest(headers.get(TOKEN_HEADER, "").encode(), self.token.encode()):
            raise Refused(403, f"{TOKEN_HEADER}: accepted: the one of this page; load it again")
        if headers.get("content-type", "").lower() not in _JSON or "content-encoding" in headers:
            raise Refused(415, "Content-Type: accepted: application/json")
        try:
            async with asyncio.timeout(MOST_BODY_SECONDS):
                body = await whole_body(receive)
        except TimeoutError:
            raise Refused(408, f"accepted: a body within {MOST_BODY_SECONDS:g} s") from None
        strict_json(body)
        given = False

        async def again() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        return again


async def whole_body(receive: Receive) -> bytes:
    """The body of a request.

    Raises:
        Refused: it ends early, or is larger than ``MOST_BYTES``.
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "the request ended early")
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            raise Refused(413, f"accepted: up to {MOST_BYTES} bytes")
        if not message.get("more_body"):
            return bytes(body)


def refusal(status: int, reason: str, scope: Scope) -> Response:
    """An answer that says what would be accepted, in the form that the API states.

    Args:
        status: of the answer.
        reason: why it is none.
        scope: of the request, whose address may name a language.
    """
    language = spoken(QueryParams(scope.get("query_string", b"")).get("lang", LANGUAGES[0]))
    said = speech(language).refusal(reason)
    return JSONResponse({"detail": [{"loc": [], "msg": said, "type": "refused"}]}, status)


def new_token() -> str:
    """A token for one launch."""
    return secrets.token_urlsafe(32)
