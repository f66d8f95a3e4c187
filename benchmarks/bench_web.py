"""How fast the page answers: one person who moves a slider, eight at once, the first picture in a browser.

    python benchmarks/bench_web.py            # about two minutes, written to benchmarks/results/web.json
    python benchmarks/bench_web.py --quick    # fewer answers and pictures; nothing is written

Every question is a new one (another dose), for one person with 200 paired draws, so nothing comes from memory
but the course without treatment. Times are from the request to the last byte of the answer, after warming up.
The load of the machine stands beside them: a busy one says little. The first picture is seen by Chromium,
each time with an empty memory: from the start of the navigation to the picture of 100 people, to the first
chart in sight, and to the last chart.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from brittlestar._shared.manifest import commit, version
from brittlestar.comparison.lives import PEOPLE
from brittlestar.web.app import create_app
from brittlestar.web.warm_up import Warming

RESULTS = Path(__file__).resolve().parent / "results" / "web.json"
PORT, TOKEN = 8917, "bench"
BASE = f"http://127.0.0.1:{PORT}"
HEADERS = {"origin": BASE, "x-brittlestar-token": TOKEN}
THINK_SECONDS = 1.0
"""Between a person's movements where several share the machine."""


def ask(client: httpx.Client, dose: float, years: int) -> float:
    """Seconds of one answer."""
    body = {
        "plan": {"drug": "zoledronate", "dose": dose, "every_months": 6, "for_years": 3.0},
        "years": years,
    }
    start = time.perf_counter()
    client.post(f"{BASE}/api/explore", json=body, headers=HEADERS, timeout=120).raise_for_status()
    return time.perf_counter() - start


def person(first: float, count: int, years: int, think: float, into: list[float]) -> None:
    """One person who moves the slider ``count`` times."""
    with httpx.Client() as client:
        for i in range(count):
            into.append(ask(client, round(first + 0.0001 * i, 5), years))
            time.sleep(think)


def row(case: str, people: int, count: int, years: int, think: float, first: float) -> dict[str, Any]:
    """Times of one case."""
    times: list[float] = []
    before, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    threads = [
        threading.Thread(target=person, args=(first + 0.004 * k, count, years, think, times))
        for k in range(people)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = resource.getrusage(resource.RUSAGE_SELF)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    ordered = sorted(times)
    return {
        "case": case,
        "people": people,
        "answers": len(times),
        "years": years,
        "draws": PEOPLE,
        "p50_ms": round(1000 * statistics.median(times)),
        "p95_ms": round(1000 * ordered[min(int(0.95 * len(times)), len(times) - 1)]),
        "processor_ms_per_answer": round(1000 * spent / len(times)),
        "load": round(os.getloadavg()[0], 1),
        "seconds": round(time.perf_counter() - wall, 1),
    }


WATCH = """
window.seen = {};
const look = () => {
  const now = performance.now(), times = window.seen;
  if (document.querySelector('#pic svg, #told svg')) times.picture ??= now;
  if (document.querySelector('[data-chart] :is(.plot, .chart) svg')) times.chart ??= now;
  if (document.body?.dataset.drawn) times.all ??= now;
  if (!times.all) requestAnimationFrame(look);
};
look();
"""


def first_picture(path: str, count: int) -> dict[str, Any] | None:
    """Milliseconds until a screen shows something, in a browser; None without one."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        return None
    place = os.environ.get("BRITTLESTAR_CHROMIUM") or shutil.which("chromium")
    times: list[dict[str, float]] = []
    with sync_playwright() as p:
        if not place and not Path(p.chromium.executable_path).exists():
            return None
        browser = p.chromium.launch(executable_path=place, args=["--no-sandbox"])
        for _ in range(count):
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            page = context.new_page()
            page.add_init_script(WATCH)
            page.goto(BASE + path)
            page.wait_for_function("window.seen.all", timeout=60_000)
            times.append(page.evaluate("window.seen"))
            context.close()
        browser.close()
    found: dict[str, Any] = {"case": f"first picture of {path}", "loads": count}
    for name in ("picture", "chart", "all"):
        ordered = sorted(one[name] for one in times)
        found[f"{name}_p50_ms"], found[f"{name}_most_ms"] = (
            round(statistics.median(ordered)),
            round(ordered[-1]),
        )
    return found | {"load": round(os.getloadavg()[0], 1)}


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer answers and pictures; nothing is written")
    quick = parser.parse_args().quick
    count, loads = (6, 2) if quick else (60, 12)
    server = uvicorn.Server(
        uvicorn.Config(create_app(PORT, token=TOKEN, warm=False), port=PORT, log_level="warning")
    )
    threading.Thread(target=server.run, daemon=True).start()
    start = time.perf_counter()
    Warming().run()
    ready = round(time.perf_counter() - start, 1)
    print(f"ready after {ready} s", flush=True)
    rows = []
    for years, first in ((1, 0.01), (3, 0.02), (5, 0.03)):
        row("", 1, 3, years, 0.0, 0.05)  # once for each length
        rows.append(row(f"one person, {years} years", 1, count, years, 0.0, first))
        print(rows[-1], flush=True)
    rows.append(row("eight people, 3 years", 8, max(count // 6, 5), 3, THINK_SECONDS, 0.04))
    print(rows[-1], flush=True)
    for path in ("/", "/compare"):
        seen = first_picture(path, loads)
        rows += [seen] if seen else []
        print(seen or "no browser: the first picture was not timed", flush=True)
    server.should_exit = True
    content = {
        "version": version(),
        "commit": commit(),
        "cores": os.cpu_count(),
        "ready_seconds": ready,
        "rows": rows,
    }
    if not quick:
        RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
