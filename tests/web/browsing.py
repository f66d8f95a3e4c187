"""What tests of the page in a browser share."""

from typing import Any

FIRST_VIEW = """() => {
    const read = '#ask label, #ask .u, #ask .hint, #who-line, .chg, .vsay, .vpic, .vact, #two summary';
    const all = (selector) => [...document.querySelectorAll(selector)];
    const seen = (selector) => all(selector).filter((one) => one.checkVisibility());
    const typed = (one) => (one.tagName === 'SELECT' ? one.selectedOptions[0].text : one.value);
    const said = seen(read).map((one) => one.innerText);
    return [...said, ...seen('#ask input, #ask select').map(typed)].join(' ');
}"""
"""What is read before the first line that opens."""

UNMARKED = """() => [...document.querySelectorAll('.res')].filter((one) => one.checkVisibility())
    .filter((one) => !one.inert || Number(getComputedStyle(one).opacity) > 0.6).map((one) => one.className)"""
"""Parts of an answer that stand as if it were to the question asked now."""


def answered(page: Any, more_than: int = 0) -> int:
    """Wait until the next answer stands, and return how many there were."""
    stands = ":is([data-state=ok][data-drawn]:not([data-drawn='']), :has(#answer[aria-busy=false]))"
    page.wait_for_selector(f"body[data-answers]:not([data-answers='{more_than}']){stands}")
    return int(page.get_attribute("body", "data-answers"))
