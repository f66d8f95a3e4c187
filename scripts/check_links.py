"""Every external link of documentation and references: its form, and on request whether it answers.

    python scripts/check_links.py             # forms alone, nothing is fetched
    python scripts/check_links.py --online    # then asks for each address

Refused are addresses that are none, DOIs, PMIDs and PMC ids that cannot be, and one that two references
share. Exit status 1 where something is refused or an address is gone; without a connection, NOT RUN.
"""

import argparse
import re
import sys
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from brittlestar._shared.references import Reference, references

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("*.md", "docs/**/*.md")
WAIT_SECONDS = 20

_IN_TEXT = re.compile(r"https?://[^\s<>\"'`|\\\]]+")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.IGNORECASE)
_FORMS = {
    "doi": re.compile(r"10\.\d{4,9}/[^\s<>\"]*[^\s<>\".,;:]"),
    "pmid": re.compile(r"[1-9]\d{0,7}"),
    "pmc": re.compile(r"PMC[1-9]\d{0,8}"),
}
_AT = {
    "doi": "https://doi.org/{}",
    "pmid": "https://pubmed.ncbi.nlm.nih.gov/{}/",
    "pmc": "https://pmc.ncbi.nlm.nih.gov/articles/{}/",
}
GONE = (404, 410)
"""Answers that say that there is nothing; others, such as 403 to a program, say nothing."""


class Link(NamedTuple):
    """An address and where it stands."""

    address: str
    place: str


def in_pages(root: Path) -> Iterator[Link]:
    """Addresses in the pages of a folder, but those of this machine."""
    for page in sorted({path for pattern in PAGES for path in root.glob(pattern)}):
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
            for found in _IN_TEXT.findall(line):
                address = found.rstrip(".,;:*")
                while address.endswith(")") and address.count("(") < address.count(")"):
                    address = address[:-1]
                if urlsplit(address).hostname not in ("localhost", "127.0.0.1"):
                    yield Link(address, f"{page.relative_to(root)}:{number}")


def of_references(known: Mapping[str, Reference]) -> Iterator[Link]:
    """Addresses of references: where each of its identifiers leads, and its own."""
    for one in known.values():
        for kind, address in _AT.items():
            if getattr(one, kind):
                yield Link(address.format(getattr(one, kind)), one.id)
        if one.url:
            yield Link(one.url, one.id)


def faults(links: Iterable[Link], known: Mapping[str, Reference]) -> Iterator[str]:
    """What cannot be, by form alone."""
    for address, place in links:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not _HOST.fullmatch(parts.hostname or ""):
            yield f"{place}: got {address}; accepted: http or https and the name of a host"
    owners: dict[tuple[str, str], list[Reference]] = defaultdict(list)
    for one in known.values():
        for kind, form in _FORMS.items():
            value = getattr(one, kind)
            if value and not form.fullmatch(value):
                yield f"{one.id}: {kind}: got {value}; accepted: {form.pattern}"
            if value:
                owners[kind, value.lower()].append(one)
    for (kind, value), several in owners.items():
        if len(several) > 1:
            titles = "; ".join(f"{one.id}, {one.title}" for one in several)
            yield f"{kind} {value}: got {len(several)} references ({titles}); accepted: one"


def answer(address: str) -> str:
    """What an address answers: ok, gone, unclear, or NOT RUN where nothing can be reached."""
    asked = urllib.request.Request(address, method="HEAD", headers={"User-Agent": "Mozilla/5.0"})
    try:
        with urllib.request.urlopen(asked, timeout=WAIT_SECONDS):
            return "ok"
    except urllib.error.HTTPError as error:
        return "gone" if error.code in GONE else "unclear"
    except (urllib.error.URLError, TimeoutError, OSError):
        return "NOT RUN"


def main() -> int:
    """Exit status 1 where a form is refused or an address is gone."""
    asked = argparse.ArgumentParser(description="External links of the documentation and of the references.")
    asked.add_argument("--online", action="store_true", help="ask for each address too")
    asked.add_argument("--list", action="store_true", help="print every address with its place")
    options = asked.parse_args()
    known = references()
    links = [*in_pages(ROOT), *of_references(known)]
    addresses = sorted({link.address for link in links})
    if options.list:
        print("\n".join(f"{link.address}\t{link.place}" for link in sorted(links)))
    refused = list(faults(links, known))
    print("\n".join(refused), end="\n" * bool(refused))
    read = f"{len(links)} links to {len(addresses)} addresses, {len(known)} references"
    print(f"{read}: {len(refused)} refused by form")
    if not options.online:
        print("addresses: NOT RUN (--online asks for them)")
        return int(bool(refused))
    answers = {address: answer(address) for address in addresses}
    for address, said in answers.items():
        if said != "ok":
            print(f"{said}: {address}")
    counted = Counter(answers.values())
    print("addresses: " + ", ".join(f"{count} {said}" for said, count in counted.most_common()))
    return int(bool(refused) or counted["gone"] > 0)


if __name__ == "__main__":
    sys.exit(main())
