"""Drawing in a process of its own: beside other work, with errors told in this one."""

import time

import pytest

from brittlestar._shared import drawing

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><rect width="9" height="9"/></svg>'


def test_what_is_drawn_comes_back_and_one_that_waited_draws_first() -> None:
    drawing.start()
    waited = drawing.WAITING[-1]
    drawn = drawing.ahead("svg_to_pdf", SVG)
    assert waited not in drawing.WAITING
    assert drawn().startswith(b"%PDF") and waited.returncode == 0


def test_threads_of_this_process_go_on_while_it_draws() -> None:
    """What draws holds Python's lock: in this process nothing would have been counted in the meantime."""
    values = [{"a": i, "b": i * i % 7} for i in range(3000)]
    spec = {
        "data": {"values": values},
        "mark": "line",
        "encoding": {name: {"field": f, "type": "quantitative"} for name, f in (("x", "a"), ("y", "b"))},
    }
    drawn, counted = drawing.ahead("vegalite_to_png", spec), 0
    while not drawn.done():
        counted += 1
        time.sleep(0.001)
    assert drawn().startswith(b"\x89PNG") and counted > 50


def test_an_error_of_what_draws_is_told_here() -> None:
    with pytest.raises(RuntimeError, match=r"what draws ended with 1: RuntimeError: unknown token at 1:1"):
        drawing.ahead("svg_to_pdf", "no drawing")()


def test_what_the_system_ends_is_want_of_memory() -> None:
    drawing.start()
    drawing.WAITING[-1].kill()
    with pytest.raises(MemoryError, match="ended by the system"):
        drawing.ahead("svg_to_pdf", SVG)()
