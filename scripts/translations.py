"""The page's text as PO files, which translators' tools read, and a translated file back into the page.

    python scripts/translations.py --out DIR       # page.pot, and page-de.po of each language; needs babel
    python scripts/translations.py --read FILE     # writes src/brittlestar/web/text/LANGUAGE.toml anew

``msgctxt`` is the key of a text, ``msgid`` the English, ``msgstr`` the translation; the language of a file is
in its head. What is not translated stays as it was. Sentences of the model (``sentences.de.toml``) and what
families read of factsheet and studies (``plain.de.toml``, ``cards.de.toml``) are files beside their English.
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

from babel.messages import Catalog
from babel.messages.pofile import read_po, write_po

from brittlestar.web.catalogue import LANGUAGES, catalogue

ROOT = Path(__file__).resolve().parents[1]
TEXT = ROOT / "src" / "brittlestar" / "web" / "text"
HEAD = "# Text of the page, written from a PO file: a draft, until speakers have read it.\n"


def as_po(language: str | None) -> Catalog:
    """The catalogue of a language; of none, what there is to translate."""
    made = Catalog(locale=language, project="brittlestar", fuzzy=False)
    told = catalogue(language) if language else {}
    for key, english in catalogue(LANGUAGES[0]).items():
        made.add(english, told.get(key, ""), context=key)
    return made


def as_toml(told: Mapping[str, str]) -> str:
    """Texts by key as the page's file, in the order and the tables of the English."""
    lines, table = [HEAD], ""
    for key in catalogue(LANGUAGES[0]):
        head, _, name = key.rpartition(".")
        if head != table:
            table = head
            lines.append(f"\n[{'.'.join(_bare(part) for part in head.split('.'))}]\n")
        lines.append(f"{_bare(name)} = {json.dumps(told[key], ensure_ascii=False)}\n")
    return "".join(lines)


def _bare(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() else json.dumps(name)


def read(file: Path) -> tuple[str, dict[str, str]]:
    """Language of a PO file, and its texts by key."""
    with file.open("rb") as content:
        found = read_po(content)
    language = str(found.locale)
    told = {str(one.context): str(one.string) for one in found if one.context and one.string}
    return language, catalogue(language) | told


def main() -> None:
    """Write PO files, or read one."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--out", type=Path, help="directory for the files")
    words.add_argument("--read", type=Path, help="a translated file")
    asked = words.parse_args()
    if asked.out:
        asked.out.mkdir(parents=True, exist_ok=True)
        for language in (None, *LANGUAGES[1:]):
            name = "page.pot" if language is None else f"page-{language}.po"
            with (asked.out / name).open("wb") as content:
                write_po(content, as_po(language), width=100, sort_output=False)
    if asked.read:
        language, told = read(asked.read)
        (TEXT / f"{language}.toml").write_text(as_toml(told), encoding="utf-8")


if __name__ == "__main__":
    main()
