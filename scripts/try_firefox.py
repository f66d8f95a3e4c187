"""The page without a server in Firefox: from a disk and from a plain file server, and the thirty questions.

    npm install --prefix DIR puppeteer-core
    python scripts/try_firefox.py DIR           # some minutes; BRITTLESTAR_FIREFOX names another Firefox

The first answer, a change of the dose and a refused dose on the first screen; every other screen; what the
console says; and the questions of ``tests/test_site_answers.py``, answered by the page's own worker and held
against Python: same fates, numbers within 1e-12 of an output's scale. Firefox is driven by WebDriver BiDi, so
that Debian's own will do.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests"))

from brittlestar.web import answer  # noqa: E402
from brittlestar.web.requests import Explore  # noqa: E402
from brittlestar.web.site.write import write  # noqa: E402
from site_questions import apart, drawn  # noqa: E402

COUNT, SEED = 30, 20
"""As in ``tests/test_site_answers.py``."""


def main() -> None:
    """Run, print what was found, and end with 1 where something is not as in Python or the console speaks."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("tool", help="where puppeteer-core was installed")
    words.add_argument("--count", type=int, default=COUNT, help="questions that are asked")
    told = words.parse_args()
    asked = drawn(SEED, COUNT)[: told.count]
    with tempfile.TemporaryDirectory() as name:
        site, questions, out = (Path(name) / one for one in ("site", "questions.json", "found.json"))
        site.mkdir()
        write(site)
        questions.write_text(json.dumps(asked), encoding="utf-8")
        here = Path(__file__).with_name("firefox.mjs")
        subprocess.run(["node", here, told.tool, site, questions, out], check=True, timeout=1800)
        found = json.loads(out.read_text(encoding="utf-8"))
    wrong = []
    for one, said in zip(asked, json.loads(found.pop("answers")), strict=True):
        wanted = answer.answer(Explore.model_validate(one)).model_dump(mode="json", by_alias=True)
        if "found" not in said:
            wrong.append((one, said))
            continue
        for content in (wanted, said["found"]):
            content.pop("manifest")
        wrong += [(one, place) for place in apart(said["found"], wanted)]
    print(json.dumps(found | {"questions": len(asked), "apart": wrong, "load": os.getloadavg()[0]}, indent=1))
    sys.exit(bool(wrong or found["said"]))


if __name__ == "__main__":
    main()
