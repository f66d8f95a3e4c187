"""The split is frozen: no study file changes silently, and only calibration studies are fitted to."""

import pytest

from brittlestar._shared.errors import InputError
from brittlestar.evidence.studies import split as module
from brittlestar.evidence.studies.split import (
    USES,
    changed_studies,
    digest,
    require_calibration,
    split,
    split_of,
)
from brittlestar.evidence.studies.study import studies, study_files

FROZEN = {
    1: "86699eea7e5e6516c689223da30cd27864f1b860552138790b75858c35202218",
    2: "34a705cfe18677d8d21c7ff54ea29e76b3b9af394995b68402010843c6c6d4b7",
    3: "d0efb6c7b3c270e1b4bbb0005b189b12ed7d17c6ae9e276f276090e9e5f823e2",
    4: "a380ec15f6ef7e439e6836b3473f61d1e37138b04ca7a73602e841791eb14026",
    5: "18245bbaf1ba584629bce5d6e0ef7e4e8fe2ec6247b94ae38c18070949992122",
    6: "abbbc3fdf422c28ca054f1ff4c5500b0ce5d4f765eea1bd523f0c055cc5de673",
}
"""Version -> SHA-256 of split.toml: moving a study or editing a hash needs a new version and a line here."""

KEPT = (
    "letocha2005", "senthilnathan2008", "antoniazzi2006", "falk2003", "shapiro2010",
    "hald2015", "shi2016", "anissipour2014",
)  # fmt: skip


def test_no_study_file_changed_since_the_split():
    assert changed_studies() == [], "give the split a new version and say why in its history"


def test_the_split_itself_changes_only_with_its_version():
    from importlib import resources

    content = resources.files("brittlestar.evidence.studies").joinpath("split.toml").read_bytes()
    assert FROZEN[split().version] == digest(content)
    assert len(split().history) == split().version


def test_a_changed_file_is_found(monkeypatch: pytest.MonkeyPatch):
    class Edited:
        def read_bytes(self) -> bytes:
            return study_files()["poise2013"].read_bytes() + b"# edited\n"

    monkeypatch.setattr(module, "study_files", lambda: {**study_files(), "poise2013": Edited()})
    assert changed_studies() == ["poise2013"]


def test_validation_studies_are_kept():
    assert set(KEPT) <= set(split().of("validation"))


def test_fitting_to_a_validation_study_is_refused():
    require_calibration("poise2013", "here")
    with pytest.raises(InputError, match="kept for validation"):
        require_calibration("falk2003", "here")
    with pytest.raises(InputError, match="poise2013"):
        require_calibration("poise2014", "here")


@pytest.mark.parametrize("use", [use for use in USES if use != "calibration"])
def test_only_a_calibration_study_may_be_fitted_to(use):
    assert split().of(use), f"no study of the split is for {use}"
    for name in split().of(use):
        with pytest.raises(InputError, match=f"kept for {use} "):
            require_calibration(name, "here")


def test_what_is_kept_for_test_is_from_outside_oi():
    assert {"ibandronate_women", "pamidronate_oral_1994", "freedom_test", "rudge2005", "sabre"} <= set(
        split().of("test")
    )
    assert not any(studies()[name].population.oi for name in split().of("test"))


def test_two_uses_of_one_trial_are_two_files():
    use = {name: place.use for name, place in split().studies.items()}
    assert (use["freedom"], use["freedom_test"]) == ("calibration", "test")
    assert (use["horizon"], use["horizon_reactions"]) == ("calibration", "check")
    fractures = {r.measure for r in studies()["freedom_test"].results}
    assert not fractures & {r.measure for r in studies()["freedom"].results}


def test_what_the_second_version_moved():
    first = split().history[0]
    assert first == "1: frozen before any fit"
    assert split().studies["sato2016"].use == "input"
    assert split().studies["gatti2005"].use == "calibration"
    assert split().studies["pumch_holiday"].use == "unused"


def test_a_study_in_two_uses_is_named_with_both_places():
    text = 'version = 1\nhistory = ["1"]\n' + "".join(
        f'\n[studies.falk2003]\nuse = "{use}"\nreason = "r"\nsha256 = "0"\n' for use in ("test", "check")
    )
    with pytest.raises(InputError) as caught:
        split_of(text)
    assert str(caught.value) == (
        "evidence/studies/split.toml: studies.falk2003, lines 4 and 9: got ('test', 'check'); "
        "accepted: each study once, with one use"
    )
    with pytest.raises(InputError, match=r"split\.toml: got 'version = 1'; not TOML.*each key once"):
        split_of(text.split("[")[0] + "version = 2\n")
