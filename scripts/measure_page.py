"""What the first screen costs: bytes, requests, blocking time, words, memory, and how soon it answers.

    python scripts/measure_page.py            # about a minute, written to benchmarks/results/page.json
    python scripts/measure_page.py --quick    # fewer changes; nothing is written

Chromium is where BRITTLESTAR_CHROMIUM says. The first view is what is loaded until the first answer stands.
Bytes are those of the replies, and the same after gzip, since this server sends them as they are. Blocking is
what long tasks take beyond 50 ms each. Times are from a change of the dose to the answer drawn; memory is
that of the tab. The load of the machine stands beside them.
"""

import argparse
import gzip
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path += [str(ROOT / "tests" / "web"), str(ROOT / "benchmarks")]

from browsing import FIRST_VIEW  # noqa: E402
from web_server import serving  # noqa: E402

from brittlestar._shared.manifest import commit, version  # noqa: E402
from tab import memory  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "page.json"
MOVES, FEW = 40, 5
STANDS = "body[data-state=ok][data-drawn]:not([data-drawn=''])"
BLOCKED = """
window.blocked = 0;
new PerformanceObserver((list) => {
    for (const one of list.getEntries()) window.blocked += Math.max(0, one.duration - 50);
}).observe({ type: "longtask", buffered: true });
"""


def opened(browser: Any, base: str, replies: list[Any] | None = None) -> tuple[Any, float]:
    """A page whose first answer stands, and the milliseconds until then."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.set_default_timeout(300_000)
    page.add_init_script(BLOCKED)
    if replies is not None:
        page.on("response", lambda reply: replies.append(reply))
    began = time.perf_counter()
    page.goto(base)
    page.wait_for_selector(STANDS)
    return page, 1000 * (time.perf_counter() - began)


def measured(browser: Any, base: str, moves: int) -> dict[str, Any]:
    """Every number, in the order told."""
    opened(browser, base)[0].context.close()
    replies: list[Any] = []
    page, first = opened(browser, base, replies)
    bodies = [reply.body() for reply in replies if reply.status == 200]
    said = page.evaluate(FIRST_VIEW)
    found = {
        "requests": len(bodies),
        "bytes": sum(map(len, bodies)),
        "bytes_gzip": sum(len(gzip.compress(body)) for body in bodies),
        "blocking_ms": round(page.evaluate("window.blocked")),
        "words": len(said.split()),
        "numbers": len(re.findall(r"\d[\d.,]*", said)),
        "first_answer_ms": round(first),
    }
    times = []
    for k in range(moves):
        before = page.get_attribute("body", "data-answers")
        began = time.perf_counter()
        page.fill("#dose", f"{0.02 + 0.001 * k:.3f}")
        page.wait_for_selector(f"{STANDS}:not([data-answers='{before}'])")
        times.append(1000 * (time.perf_counter() - began))
    ordered = sorted(times)
    found |= {
        "change_p50_ms": round(statistics.median(times)),
        "change_p95_ms": round(ordered[int(0.95 * (len(times) - 1))]),
    }
    return found | memory(browser) | {"load": round(os.getloadavg()[0], 1)}


def main() -> None:
    """Measure, print and write."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    place = os.environ.get("BRITTLESTAR_CHROMIUM") or shutil.which("chromium")
    with tempfile.TemporaryDirectory() as jobs, serving(Path(jobs)) as (base, _), sync_playwright() as p:
        browser = p.chromium.launch(executable_path=place, args=["--no-sandbox"])
        found = measured(browser, base, FEW if quick else MOVES)
        browser.close()
    print(json.dumps(found, indent=1))
    if not quick:
        content = {"version": version(), "commit": commit(), **found}
        RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
