"""The split is frozen: no study file changes silently, and what is kept for validation is not fitted to."""

import pytest

from brittlestar._shared.errors import InputError
from brittlestar.evidence.studies import split as module
from brittlestar.evidence.studies.split import changed_studies, digest, require_calibration, split
from brittlestar.evidence.studies.study import study_files

FROZEN = {1: "86699eea7e5e6516c689223da30cd27864f1b860552138790b75858c35202218"}
"""Version -> SHA-256 of split.toml: moving a study or editing a hash needs a new version and a line here."""

KEPT = (
    "letocha2005", "senthilnathan2008", "antoniazzi2006", "falk2003", "shapiro2010",
    "hald2015", "shi2016", "anissipour2014", "sato2016",
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
