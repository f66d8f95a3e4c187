"""The page without a server, in Chromium: how long answers take, what the first one loads, and its memory.

    python benchmarks/bench_site.py            # about a minute, written to benchmarks/results/site.json
    python benchmarks/bench_site.py --quick    # fewer answers; nothing is written

The site is served by Python's own file server, which compresses nothing; what a host that compresses would
send is worked out beside it. The first answer is timed from the start of the navigation, with an empty memory
and with what the first visit kept; an answer to a slider from the change to the sentence that stands. The
page gives the numbers of the sentence first (``centre``), by steps of a week, and then all of its answer.
Ranges are timed from a change of the dose, its sentence and its answer included. Memory is that of the tab,
workers included. The load of the machine stands beside all: a busy one says little.
"""

import argparse
import gzip
import json
import os
import statistics
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

from brittlestar._shared.manifest import commit, version
from brittlestar.web.site.write import write
from tab import memory

RESULTS = Path(__file__).resolve().parent / "results" / "site.json"
MOST_MS = 600_000

ANSWERED = """(count) => Number(document.body?.dataset.answers || 0) >= count && performance.now()"""
MOVED = """async ([dose, whole]) => {
  const body = document.body, field = document.querySelector("#dose");
  const { centres, answers } = body.dataset, from = performance.now();
  field.value = dose;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  while (body.dataset.centres === centres) await new Promise((later) => requestAnimationFrame(later));
  const centre = performance.now() - from;
  const wait = () => new Promise((later) => requestAnimationFrame(later));
  while (whole && body.dataset.answers === answers) await wait();
  return [centre, performance.now() - from];
}"""
CENTRED = """async () => {
  while (!document.body?.dataset.centres) await new Promise((later) => setTimeout(later, 5));
  return performance.now();
}"""
RANGED = """async (dose) => {
  const body = document.body, field = document.querySelector("#dose");
  const { ranges } = body.dataset, from = performance.now();
  field.value = dose;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  while (body.dataset.ranges === ranges) await new Promise((later) => setTimeout(later, 10));
  return performance.now() - from;
}"""
BLOCKED = """() => new Promise((told) => {
  let all = 0;
  const add = (list) => { for (const one of list.getEntries()) all += Math.max(one.duration - 50, 0); };
  new PerformanceObserver(add).observe({ type: "longtask", buffered: true });
  setTimeout(() => told(all), 100);
})"""


class Quiet(SimpleHTTPRequestHandler):
    """A file server that says nothing."""

    def log_message(self, *_: Any) -> None:
        pass


def first(page: Page, address: str) -> tuple[float, float]:
    """Milliseconds from the start of the navigation to the first sentence, and to the whole answer."""
    page.goto(address, wait_until="commit")
    sentence = float(page.evaluate(CENTRED))
    return sentence, float(page.wait_for_function(ANSWERED, arg=1, timeout=MOST_MS).json_value())


def late(times: list[float]) -> int:
    """What 95 of 100 are below."""
    ordered = sorted(times)
    return round(ordered[min(int(0.95 * len(ordered)), len(ordered) - 1)])


def measured(folder: Path, address: str, answers: int, place: str | None) -> dict[str, Any]:
    """Times and sizes."""
    loaded: list[str] = []
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=place, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.set_default_timeout(MOST_MS)
        page.on("request", lambda request: loaded.append(request.url))
        empty = first(page, address)
        of_first = [urlsplit(url).path.rpartition("/")[2] or "index.html" for url in loaded]
        page.wait_for_function("() => document.body.dataset.ranges")
        page.evaluate("navigator.serviceWorker.ready")
        warm = first(page, address)
        blocked = page.evaluate(BLOCKED)
        doses = [f"{0.02 + 0.0005 * k:.4f}" for k in range(2 * answers)]
        moved = [page.evaluate(MOVED, [dose, True]) for dose in doses[:answers]]
        # As while it is dragged: the next change comes as soon as the sentence stands.
        dragged = [page.evaluate(MOVED, [dose, False])[0] for dose in doses[answers:]]
        ranged = [page.evaluate(RANGED, f"{0.07 + 0.0005 * k:.4f}") for k in range(max(answers // 2, 2))]
        workers = page.evaluate("Math.min(navigator.hardwareConcurrency, 8)")
        tab, heap = memory(browser), page.evaluate("performance.memory.usedJSHeapSize")
        file = (folder / "brittlestar.html").as_uri()
        page = context.new_page()
        page.set_default_timeout(MOST_MS)
        disk = first(page, file)
        browser.close()
    sizes = {name: (folder / name).read_bytes() for name in of_first if (folder / name).exists()}
    return {
        "first_ms": [round(one) for one in empty],
        "first_again_ms": [round(one) for one in warm],
        "first_from_disk_ms": [round(one) for one in disk],
        "blocked_ms": round(blocked),
        "centre_p50_ms": round(statistics.median(one for one, _ in moved)),
        "centre_p95_ms": late([one for one, _ in moved]),
        "centre_dragged_p95_ms": late(dragged),
        "whole_p50_ms": round(statistics.median(one for _, one in moved)),
        "whole_p95_ms": late([one for _, one in moved]),
        "answers": len(moved),
        "ranges_p50_ms": round(statistics.median(ranged)),
        "ranges_p95_ms": late(ranged),
        "requests": len(of_first),
        "bytes": sum(map(len, sizes.values())),
        "bytes_compressed": sum(len(gzip.compress(content, mtime=0)) for content in sizes.values()),
        "one_file_bytes": (folder / "brittlestar.html").stat().st_size,
        "heap_of_the_page_mb": round(heap / 1e6, 1),
        **tab,
        "workers": workers,
        "load": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    """Measure, print and write."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--quick", action="store_true")
    quick = words.parse_args().quick
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=name))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address, place = f"http://127.0.0.1:{server.server_port}/", os.environ.get("BRITTLESTAR_CHROMIUM")
        row = measured(folder, address, 5 if quick else 40, place)
        server.shutdown()
        server.server_close()
    print(row)
    if not quick:
        content = {"version": version(), "commit": commit(), **row}
        RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
