"""The dose is seen whole, whatever its unit: its number in the field, the unit below it."""

from typing import Any

import pytest

from brittlestar.web.catalogue import LANGUAGES
from brittlestar.web.requests import SLIDERS

pytest.importorskip("playwright")

LONGEST = "0.0125"
"""The dose with most digits that a list of published ones holds."""

ROOM = """([drug, text]) => {
    const seen = (names) => [...document.querySelectorAll(names)].filter((one) => one.checkVisibility());
    return seen('[name=drug]').map((select) => {
        const part = select.closest('.plan') || select.closest('form');
        select.value = drug;
        select.dispatchEvent(new Event('input', { bubbles: true }));
        const input = part.querySelector('[name=dose]'), style = getComputedStyle(input);
        const pen = document.createElement('canvas').getContext('2d');
        pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
        const room = input.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
        const unit = part.querySelector('[data-part=dose] .u').getBoundingClientRect();
        const over = (one) => {
            const box = one.getBoundingClientRect();
            const beside = box.left >= unit.right || box.right <= unit.left;
            return !beside && box.top < unit.bottom && box.bottom > unit.top;
        };
        const top = (name) => part.querySelector(`[data-part=${name}] .in`).getBoundingClientRect().top;
        return {
            uneven: Math.abs(top('dose') - top('for')) > 1 && innerWidth > 345,
            short: pen.measureText(text).width - room,
            outside: unit.right - innerWidth,
            on: seen('#ask label, #ask .in').filter(over).map((one) => one.textContent.slice(0, 30)),
        };
    });
}"""
"""Of each plan's dose: pixels that a number lacks, pixels of its unit off the page, what the unit lies on;
and whether its box stands out of the line."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("screen", ["", "/compare"])
def test_the_number_and_the_unit_of_every_drug_are_seen(
    page: Any, address: str, screen: str, language: str
) -> None:
    page.route("**/api/**", lambda route: None)  # no answer is waited for
    page.goto(f"{address}{screen}?lang={language}")
    wrong = []
    for width in (1280, 768, 360, 320):
        page.set_viewport_size({"width": width, "height": 900})
        for drug in SLIDERS:
            for found in page.evaluate(ROOM, [drug, LONGEST]):
                if found["short"] > 0 or found["uneven"] or found["outside"] > 0 or found["on"]:
                    wrong.append((width, drug, found))
    assert wrong == []
