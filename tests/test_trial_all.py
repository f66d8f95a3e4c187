"""The replicated trials: what they hold stands in the evidence, and all of them make one table."""

import json
import re
from collections import Counter
from importlib import resources
from types import SimpleNamespace
from typing import Any

import jsonschema
import numpy as np
import pytest

from brittlestar.cli import main
from brittlestar.evidence.studies.split import split
from brittlestar.evidence.studies.study import study
from brittlestar.trials import run_all as every
from brittlestar.trials import shipped
from brittlestar.trials.analysis import analyse
from brittlestar.trials.conduct import ages_of_schedules
from brittlestar.trials.endpoint import Endpoint, Said
from brittlestar.trials.protocol_files import load_protocol
from brittlestar.trials.protocol_texts import REPLICATES_OF_ALL, library
from brittlestar.trials.replicates import Trials
from brittlestar.trials.run_all import in_range, run_all
from brittlestar.trials.summary import verdict


def test_what_ships_was_run_with_todays_parameters_and_protocols(monkeypatch, tmp_path):
    """`brittlestar trial all --write` writes it; with other parameters or protocols nothing ships."""
    content = shipped.shipped()
    assert content is not None and content["schema"] == every.SCHEMA
    assert content["manifest"]["replicates"] == REPLICATES_OF_ALL
    assert [one["id"] for one in content["trials"]] == list(library())
    assert not any(one["error"] for one in content["trials"])
    verdicts = [row["verdict"] for row in content["compared"]]
    assert verdicts.count("inside") > verdicts.count("outside") > 0
    changed = json.loads(shipped.FILE.read_text())
    for key in ("parameters_sha256", "input_sha256"):
        other = tmp_path / key
        other.write_text(json.dumps(changed | {"manifest": changed["manifest"] | {key: "0"}}))
        monkeypatch.setattr(shipped, "FILE", other)
        assert shipped.shipped() is None


def test_the_command_counts_verdicts_as_the_table_has_them(capsys):
    rows = (shipped.shipped() or {"compared": []})["compared"]
    count = Counter(row["verdict"] for row in rows)
    assert main(["trial", "all"]) == 0
    (said,) = re.findall(r"Of (\d+) published numbers: (.*)\.", capsys.readouterr().out)
    assert int(said[0]) == len(rows) and all(f"{n} {verdict}" in said[1] for verdict, n in count.items())


def test_what_ships_is_what_a_run_gives():
    (one,) = run_all(["poise"], replicates=REPLICATES_OF_ALL, roles={"poise2013": "calibration"}).trials
    (mine,) = (row for row in (shipped.shipped() or {"trials": []})["trials"] if row["id"] == "poise")
    for told, found in zip(mine["endpoints"], one["endpoints"], strict=True):
        assert (told["id"], told["arm"], told["verdict"]) == (found["id"], found["arm"], found["verdict"])
        assert told["simulated"]["mean"] == pytest.approx(found["simulated"]["mean"], rel=1e-9)


REPLICATED = [name for name in library() if load_protocol(name).study]


def test_every_shipped_trial_names_a_study_of_the_split():
    assert set(REPLICATED) == set(library())
    assert {load_protocol(name).study for name in library()} <= set(split().studies)


@pytest.mark.parametrize("name", REPLICATED)
def test_published_values_stand_in_the_evidence(name):
    """Each is a number of the study's file that was read, or says what it was derived from."""
    protocol = load_protocol(name)
    found = [r.value for r in study(protocol.study).results if r.value is not None and r.read != "memory"]
    # Counts and shares are printed in per cent, a fall without its sign.
    known = {round(s * v, 6) for v in found for s in (1, -1, 0.01)}
    for e in protocol.endpoints:
        for p in e.published:
            assert round(p.value, 6) in known or "derived" in p.source, (e.id, p.arm, p.value)
            assert p.low is None or "derived" in p.source or name == "poise", (e.id, p.arm)


@pytest.mark.parametrize(
    ("words", "low", "high", "null", "expected"),
    [
        ("no clear difference", 0.6, 1.2, 1.0, "inside"),
        ("no clear difference", 0.6, 0.9, 1.0, "outside"),
        ("rose", 0.1, 2.0, 0.0, "inside"),
        ("rose", -0.1, 2.0, 0.0, "outside"),
        ("fell", -3.0, -0.1, 0.0, "inside"),
        ("fell", 0.5, 1.1, 1.0, "outside"),
    ],
)
def test_words_are_held_against_the_range(words, low, high, null, expected):
    said = Said(arm="difference", words=words, source="assumed")
    simulated = {"mean": (low + high) / 2, "low": low, "high": high}
    assert verdict(simulated, None, said, null) == expected


def test_a_value_without_an_interval_is_in_range_or_not():
    row = {
        "simulated": {"mean": 2.0, "low": 1.0, "high": 3.0},
        "replicates": 40,
        "replicates_without_answer": 2,
    }
    assert in_range(row | {"published": {"value": 1.5}}) is True
    assert in_range(row | {"published": {"value": 3.5}}) is False
    assert in_range(row | {"published": None}) is None
    assert in_range(row | {"published": {"value": 1.5}, "replicates_without_answer": 3}) is None


def trials(values, **changes):
    """One trial of four people, the first two in arm 0, with a visit at months 0, 12 and 24."""
    fields = {
        "arm": np.array([[0, 0, 1, 1]]),
        "stratum": np.zeros((1, 4), int),
        "months": {"ls_abmd": np.array([0.0, 12.0, 24.0])},
        "values": {"ls_abmd": np.asarray(values, float)[:, None, :]},
        "followed": np.full((1, 4), 24.0),
        "person": np.array([0, 1, 2]),
        "month": np.array([3.0, 4.0, 5.0]),
        "site": np.array([0, 1, 0]),
    }
    return Trials(**(fields | changes))


def endpoint(**fields: Any) -> Endpoint:
    return Endpoint(**fields)


TWO: Any = SimpleNamespace(
    arms=[SimpleNamespace(id="drug"), SimpleNamespace(id="none")],
    control=1,
    contrasts=[(0, "difference")],
    design=SimpleNamespace(interim=None),
)
VALUES = [[1, 1, 1, 1], [2, 4, 1, 2], [3, 6, 2, 2]]


def test_ratio_to_control_is_of_means_and_leaves_out_who_was_not_there():
    e = endpoint(id="r", label="r", kind="ratio_to_control", measure="ls_abmd", month=24)
    assert analyse(e, trials(VALUES), TWO)["difference"].value == pytest.approx(4.5 / 2)
    gone = [*VALUES[:2], [3, np.nan, 2, 2]]
    assert analyse(e, trials(gone), TWO)["difference"].value == pytest.approx(3 / 2)


def test_change_is_counted_from_the_month_asked_for():
    e = endpoint(id="c", label="c", kind="pct_change", measure="ls_abmd", from_month=12, month=24)
    found = analyse(e, trials(VALUES), TWO)
    assert found["drug"].value == pytest.approx(50.0)
    assert found["none"].value == pytest.approx(50.0)


def test_sites_narrow_what_is_counted():
    both = endpoint(id="p", label="p", kind="proportion_fractured", window=(0, 24))
    legs = both.model_copy(update={"sites": ("lower_limb",)})
    assert analyse(both, trials(VALUES), TWO)["drug"].value == pytest.approx(1.0)
    assert analyse(legs, trials(VALUES), TWO)["drug"].value == pytest.approx(0.5)


def test_schedules_go_by_months_of_age_up_to_the_last_band():
    protocol = load_protocol("rauch2002")
    ages = ages_of_schedules(protocol.arms[0].care, protocol)
    assert ages[0] == pytest.approx(16 / 12) and ages[-1] == pytest.approx(3.0)
    assert np.allclose(np.diff(ages), 1 / 12)
    older = load_protocol("rauch2003")
    assert ages_of_schedules(older.arms[0].care, older) == [3.0]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("all") / "out"
    run = every.run_trial

    def breaking(protocol, **how):
        if protocol.id == "poise":
            raise FloatingPointError("broken\non purpose")
        return run(protocol, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(every, "run_trial", breaking)
        roles = {"letocha2005": "validation", "poise2013": "calibration"}
        names = ["poise", "letocha2005"]
        return run_all(names, replicates=2, roles=roles, out=folder, precision="float32"), folder


def test_an_error_in_one_trial_keeps_the_others(finished):
    result, folder = finished
    broken, kept = result.trials
    assert broken["error"] == "FloatingPointError: broken on purpose" and not broken["endpoints"]
    assert kept["error"] is None and kept["role"] == "validation"
    assert (folder / "letocha2005" / "report.html").exists()
    assert not (folder / "poise").exists()
    one = json.loads((folder / "letocha2005" / "results.json").read_text(encoding="utf-8"))
    for manifest in (result.manifest, one["manifest"]):
        assert (manifest["precision"], manifest["backend"]) == ("float32", "native")


def test_table_has_every_published_result_and_disagreements_first(finished):
    rows = finished[0].compared()
    protocol = load_protocol("letocha2005")
    assert len(rows) == sum(len(e.published) + len(e.said) for e in protocol.endpoints)
    agrees = [row["verdict"] not in ("outside", "no answer") for row in rows]
    assert agrees == sorted(agrees)


def test_files_of_all_trials(finished):
    result, folder = finished
    content = json.loads((folder / "all.json").read_text(encoding="utf-8"))
    assert content["trials"] == json.loads(json.dumps(result.trials))
    one = json.loads((folder / "letocha2005" / "results.json").read_text(encoding="utf-8"))
    schema = json.loads(resources.files("brittlestar.trials").joinpath("results.schema.json").read_text())
    jsonschema.validate(one, schema)
    page = (folder / "all.html").read_text(encoding="utf-8")
    assert "poise did not run" in page and "Validation" in page
    assert 'src="http' not in page and "simulated, not observed" in page.lower()
