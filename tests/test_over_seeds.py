"""By how much limits move over seeds, from invented predictions."""

from inspect import signature
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar.cli.predict import predict as predict_command
from brittlestar.evidence.prediction import over_seeds as module
from brittlestar.evidence.prediction.over_seeds import OverSeeds, over_seeds
from brittlestar.evidence.prediction.predict import predict
from brittlestar.report.over_seeds import view


def row(low: float | None, high: float | None, scale: str = "plain", **given: Any) -> dict[str, Any]:
    about = {"id": "z", "label": "Z", "arm": "difference", "time_months": 12.0, "unit": "SD"}
    return about | {"scale": scale, "interval": {"90": [low, high]}, "limit_error_share": 0.02} | given


def predicted(*rows: dict[str, Any], seed: int = 1) -> Any:
    protocol = SimpleNamespace(id="a", title="A trial")
    return SimpleNamespace(
        endpoints=list(rows), protocol=protocol, manifest={"seed": seed, "parameter_sets": 100}
    )


def test_limits_move_by_their_sd_over_the_mean_width():
    """Lower limits 0, 1, 2 (SD 1), upper 10, 10, 10; ratios by their logarithms."""
    ends = [(0.0, 10.0), (1.0, 10.0), (2.0, 10.0)]
    runs = [
        predicted(row(low, high), row(np.exp(low), np.exp(high), "log"), row(None, None), row(1.0, 1.0))
        for low, high in ends
    ]
    plain, log, none, flat = OverSeeds(tuple(runs)).rows()
    assert plain["sd_share"] == pytest.approx(1.0 / 9.0) and plain["range_share"] == pytest.approx(2.0 / 9.0)
    assert plain["low"] == [0.0, 1.0, 2.0] and plain["said_share"] == pytest.approx(0.02)
    assert log["sd_share"] == pytest.approx(1.0 / 9.0)
    assert none["sd_share"] is None and flat["sd_share"] is None
    content = OverSeeds(tuple(runs)).to_dict()
    assert content["over_endpoints"] == pytest.approx(
        {"endpoints": 2, "sd_half": 1 / 9, "sd_most": 1 / 9, "within": 0}
    )
    (said,) = view(content).notes
    assert "11.1 % of the interval" in said and "0 of 2 move by less than 5 %" in said


def test_seeds_share_no_fates(monkeypatch: pytest.MonkeyPatch):
    """A prediction meets several fates under neighbouring seeds: the next prediction begins after them."""
    asked: list[int] = []

    def noted(protocol: str, *, seed: int, **_: Any) -> Any:
        asked.append(seed)
        return predicted(row(0.0, 1.0), seed=seed)

    monkeypatch.setattr(module, "predict", noted)
    assert over_seeds("poise", seeds=3, seed=5).to_dict()["manifest"]["seeds"] == [5, 7, 9] == asked
    with pytest.raises(InputError, match="seeds"):
        over_seeds("poise", seeds=1)


def test_every_seed_is_predicted_under_what_was_asked(monkeypatch: pytest.MonkeyPatch):
    asked: list[tuple[Any, ...]] = []

    def noted(protocol: str, *, seed: int, rival: str, without: tuple[str, ...], sets: int, **_: Any) -> Any:
        asked.append((rival, without, sets))
        return predicted(row(0.0, 1.0), seed=seed)

    monkeypatch.setattr(module, "predict", noted)
    over_seeds("poise", seeds=2, rival="muscle-limit", without=("strength",), sets=7)
    assert asked == 2 * [("muscle-limit", ("strength",), 7)]


@pytest.mark.parametrize("mode", ["validation", "left_out", "fractures"])
@pytest.mark.parametrize(
    ("name", "value"),
    [("sets", 7), ("rival", "muscle-limit"), ("without", ("strength",)), ("seed", 2), ("seeds", 5)],
)
def test_an_option_that_would_have_no_say_is_refused(mode: str, name: str, value: Any):
    with pytest.raises(InputError, match=f"--{name}: got .*; accepted with one protocol"):
        predict_command(**{mode: True, name: value})
    with pytest.raises(InputError, match="--parameters: got 'v1'"):
        predict_command(**{mode: True, "parameter_set": "v1"})


def test_the_command_line_leaves_the_number_of_sets_to_python():
    told = [signature(door).parameters["sets"].default for door in (predict_command, predict)]
    assert told == [None, None]
