"""Results change only on purpose: every golden run gives its stored numbers to 1e-9."""

import copy

import pytest

import golden_runs


@pytest.mark.parametrize("config", golden_runs.configs(), ids=lambda path: path.stem)
def test_golden_run(config):
    lines = golden_runs.differences(golden_runs.run(config), golden_runs.reference(config))
    assert not lines, "\n".join(["results changed; if on purpose: scripts/update_golden.py --write", *lines])


def test_every_configuration_has_its_reference():
    stored = {path.stem for path in golden_runs.FOLDER.glob("*.json")}
    assert stored == {path.stem for path in golden_runs.configs()}
    assert stored


def test_the_comparison_can_fail():
    config = golden_runs.configs()[0]
    stored = golden_runs.reference(config)
    assert not golden_runs.differences(stored, stored)
    changed = copy.deepcopy(stored)
    name = next(key for key in changed if key not in ("fracture_years", "fracture_site"))
    while isinstance(changed[name][0], list):
        changed = {**changed, name: changed[name][0]}
        stored = {**stored, name: stored[name][0]}
    changed[name] = [value * (1 + 3e-9) for value in changed[name]]
    lines = golden_runs.differences(changed, stored)
    assert len(lines) == 1
    assert name in lines[0]
    missing = {key: value for key, value in stored.items() if key != name}
    assert golden_runs.differences(missing, stored) == [f"{name}: only in one of the two"]
