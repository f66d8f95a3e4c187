"""What tests of the page in a browser share."""

import random
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


OUT_OF_RANGE = {
    "dose": ("0", "-1", "500"), "age": ("-3", "200"), "height_cm": ("3", "400"), "weight_kg": ("0.2", "900"),
    "baseline_z": ("40", "-70"), "fractures_last_2_years": ("1.5", "-2", "9999"),
    "activity_percent": ("5", "900"), "vitamin_d_nmol_per_l": ("0", "9000"), "seed": ("-1", "1.5"),
}  # fmt: skip
NO_NUMBERS = ("x", "1e", "--2", "NaN", "Infinity", "0x", "1,2,3", "½", "٣x", "<b>", "e5", "1 2")

TYPE_EACH = f"""async ([inputs, wait]) => {{
    const wrong = [];
    for (const [name, bad] of inputs) {{
        const input = document.querySelector(`#${{name}}`), usual = input.value;
        const typed = () => input.dispatchEvent(new Event('input', {{ bubbles: true }}));
        const type = (text) => {{ input.value = text; typed(); }};
        type(bad);
        const unmarked = ({UNMARKED})();
        if (wait) await new Promise((later) => setTimeout(later, wait));
        const later = ({UNMARKED})();
        const told = document.querySelector('#told').innerText;
        type(usual);
        if (unmarked.length || later.length || told.length < 20) wrong.push([name, bad, unmarked, told]);
    }}
    return wrong;
}}"""
"""Types each input in its place and takes it back; those after which something stood unmarked or untold.

``wait`` is how long (ms) the reason may take, where the answer that is greyed mostly comes sooner.
"""


def bad_inputs(count: int) -> list[tuple[str, str]]:
    """Field and what is typed there, drawn by seed: no number, or one that is refused behind the form."""
    chance, found = random.Random(7), []
    for _ in range(count):
        name = chance.choice(sorted(OUT_OF_RANGE))
        found.append((name, chance.choice((*NO_NUMBERS, *OUT_OF_RANGE[name]))))
    return found


def answered(page: Any, more_than: int = 0) -> int:
    """Wait until the next answer stands, and return how many there were."""
    stands = ":is([data-state=ok][data-drawn]:not([data-drawn='']), :has(#answer[aria-busy=false]))"
    page.wait_for_selector(f"body[data-answers]:not([data-answers='{more_than}']){stands}")
    return int(page.get_attribute("body", "data-answers"))
