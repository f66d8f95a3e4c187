"""Charts of the screens that are read, in the dark: lines at 4.5:1, bands at 2:1 on their ground."""

import re

import pytest

from brittlestar.charts import theme
from brittlestar.web import pages

LINES, BANDS = 4.5, 2.0


def channels(colour: str) -> list[float]:
    return [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]


def light(rgb: list[float]) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in rgb]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: list[float], other: list[float]) -> float:
    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("ground", ["card", "paper"])
def test_lines_and_bands_can_be_seen_in_the_dark(ground: str) -> None:
    dark = pages.static("tokens.css")[0].partition("prefers-color-scheme:dark")[2]
    found = re.search(rf"--{ground}:(#[0-9a-f]{{6}})", dark)
    assert found
    below, share = channels(found[1]), theme.DARK_BAND_OPACITY
    for colour in {*theme.CONTROL, *theme.TREATED, *theme.PROCESS, theme.OUTSIDE}:
        line = channels(theme.DARK[colour])
        band = [share * x + (1 - share) * y for x, y in zip(line, below, strict=True)]
        assert contrast(line, below) >= LINES, colour
        assert contrast(band, below) >= BANDS, colour
        assert f'[stroke="{colour}"] {{ stroke: {theme.DARK[colour]}; }}' in pages.static("base.css")[0]
