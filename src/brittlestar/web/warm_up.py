"""Getting ready: what the screens open with is compiled and worked out once, step by step."""

import time
from collections.abc import Callable
from typing import Any

from brittlestar.web import answer, pages
from brittlestar.web.requests import Course, Explore


def _charts() -> None:
    for name in ("vega.js", "base.css", *pages.STATIC):
        pages.digest(name)


STEPS: tuple[tuple[str, Callable[[], object]], ...] = (
    ("pages and charts", _charts),
    ("the model of one person", lambda: answer.answer(Explore())),
    ("how sure the answer is", lambda: answer.sure(Explore())),
    ("tablets beside a drip", lambda: answer.answer(Explore(plan=Course(drug="risedronate", dose=1.0)))),
)
"""In the order of need."""


class Warming:
    """How far the first compilation is; a machine that has done it before is through in seconds."""

    def __init__(self) -> None:
        self.done, self.began = 0, 0.0

    def run(self) -> None:
        """Do every step."""
        self.began = time.monotonic()
        for _, step in STEPS:
            step()
            self.done += 1

    def told(self) -> dict[str, Any]:
        """Steps done and in all, and what is being done; nothing once all are."""
        done = self.done
        doing = STEPS[done][0] if self.began and done < len(STEPS) else ""
        seconds = round(time.monotonic() - self.began) if doing else 0
        return {"done": done, "total": len(STEPS), "doing": doing, "seconds": seconds}
