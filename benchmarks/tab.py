"""Memory of the tab that a page of Chromium stands in, its workers and their WebAssembly included."""

from pathlib import Path
from typing import Any

PARTS = ("Rss", "Private_Clean", "Private_Dirty")


def memory(browser: Any) -> dict[str, float]:
    """Of the renderer that holds most: ``tab_mb`` is resident, ``tab_own_mb`` what no other process shares.

    A renderer is the whole of a tab: scripts, WebAssembly and workers, pictures, the browser's own code.
    """
    told = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    found = [_resident(one["id"]) for one in told if one["type"] == "renderer"]
    most = max(found, key=lambda one: one["Rss"])
    own = most["Private_Clean"] + most["Private_Dirty"]
    return {"tab_mb": round(most["Rss"] / 1e3), "tab_own_mb": round(own / 1e3)}


def _resident(pid: int) -> dict[str, float]:
    """Kilobytes by part."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    parts = dict(line.split(":", 1) for line in lines[1:])
    return {name: float(parts[name].removesuffix("kB")) * 1.024 for name in PARTS}
