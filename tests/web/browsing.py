"""What tests of the page in a browser share."""

from typing import Any


def answered(page: Any, more_than: int = 0) -> int:
    """Wait until the next answer stands, and return how many there were."""
    stands = ":is([data-state=ok][data-drawn]:not([data-drawn='']), :has(#answer[aria-busy=false]))"
    page.wait_for_selector(f"body[data-answers]:not([data-answers='{more_than}']){stands}")
    return int(page.get_attribute("body", "data-answers"))
