"""Every address of the API under inputs made from its own description: no crash, no unstated answer."""

from collections.abc import Iterator
from typing import Any

import pytest

schemathesis = pytest.importorskip("schemathesis")
from hypothesis import HealthCheck, settings  # noqa: E402

from brittlestar.web import kept_lives, question  # noqa: E402
from brittlestar.web.app import create_app  # noqa: E402
from brittlestar.web.requests import Explore  # noqa: E402

PORT, TOKEN = 8124, "a-token-for-these-tests"
HEADERS = {
    "host": f"127.0.0.1:{PORT}",
    "origin": f"http://127.0.0.1:{PORT}",
    "x-brittlestar-token": TOKEN,
}
app = create_app(PORT, token=TOKEN, warm=False, docs=True)
schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers=HEADERS)


@pytest.fixture(scope="module", autouse=True)
def one_course_for_all() -> Iterator[None]:
    """Everything is read, checked and written; the course itself is always the same."""
    asked = Explore(years=1)
    alike = kept_lives.asked(asked.person.person(), 1, 1)
    lives = kept_lives.lives(alike, asked.plan.plan())
    sets = kept_lives.sets_apart(alike, {"one": lives.plan})["one"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            kept_lives, "side_by_side", lambda _, plans, *__: {label: (lives, True) for label in plans}
        )
        patch.setattr(kept_lives, "sets_apart", lambda _, plans, *__: dict.fromkeys(plans, sets))
        patch.setattr(question, "notes_on", lambda *_, **__: ())
        yield
    app.state.jobs.close()


@schema.exclude(path_regex="/jobs/(trial|{kind}/begin)$").parametrize()
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    derandomize=True,
    database=None,
)
def test_nothing_sent_crashes_it(case: Any) -> None:
    # The guard answers before the router: a POST elsewhere is refused for its type, not its method.
    checks = [schemathesis.checks.positive_data_acceptance, schemathesis.checks.unsupported_method]
    case.call_and_validate(headers=HEADERS, excluded_checks=checks)
