"""A protocol file is read whole, or refused with one message that names the place."""

import tomllib

import pytest

from brittlestar._shared.errors import InputError
from brittlestar.trials.fields import protocol_fields_markdown
from brittlestar.trials.protocol import Protocol, library, load_protocol, protocol_text
from brittlestar.trials.recruit import type_counts

POISE = protocol_text("poise")[0]


@pytest.mark.parametrize("name", library())
def test_shipped_protocols_load(name):
    assert load_protocol(name).id == name


def test_published_mix_of_types_is_kept():
    counts = type_counts(load_protocol("poise"))
    assert sum(counts.values()) == 147
    assert counts["I"] > 100 and counts["IV"] > counts["III"] > 0


def test_documented_example_is_a_valid_protocol(tmp_path):
    text = protocol_fields_markdown().split("```toml\n")[1].split("```")[0]
    file = tmp_path / "example.toml"
    file.write_text(text, encoding="utf-8")
    protocol = load_protocol(str(file))
    assert protocol.arms[protocol.control].id == "untreated"
    assert not any(e.published for e in protocol.endpoints)


def test_documentation_is_current():
    from pathlib import Path

    page = Path(__file__).resolve().parents[1] / "docs" / "protocol.md"
    assert page.read_text(encoding="utf-8") == protocol_fields_markdown()


def changed(old: str, new: str) -> str:
    assert old in POISE
    return POISE.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (changed("randomised = 147", "randomized = 147"), "population", "did you mean 'randomised'"),
        (
            changed("randomised = 147", "randomised = -3"),
            "population.randomised",
            "greater than or equal to 2",
        ),
        (changed("randomised = 147", "randomised = nan"), "population.randomised", "finite"),
        (changed("age_years = [4, 15]", "age_years = [4, 400]"), "age_years", "0 to 80"),
        (changed("age_years = [4, 15]", "age_years = [15, 4]"), "age_years", "youngest before oldest"),
        (changed("{ I = 121, IV", "{ Type1 = 121, IV"), "types", "accepted"),
        (
            changed("weight_kg = { min", "wieght_kg = { min"),
            "eligibility.wieght_kg",
            "did you mean 'weight_kg'",
        ),
        (changed('plan = "risedronate 2.5', 'plan = "risedronat 2.5'), "plan", "risedronate"),
        (changed("control = true\n", ""), "arms.control", "exactly one arm"),
        (changed('id = "placebo"', 'id = "risedronate"'), "arms.id", "each arm once"),
        (changed("months = [0, 6, 12, 24, 36]", "months = [0, 6, 12, 24, 48]"), "visits", "month 36"),
        (changed("months = [0, 6, 12, 24, 36]", "months = [0, 12, 6]"), "months", "rising"),
        (
            changed('measure = "ls_abmd"\nmonth = 12', 'measure = "ls_abmd"\nmonth = 9'),
            "month",
            "0, 6, 12, 24, 36",
        ),
        (changed("window = [0, 12]", "window = [12, 0]"), "window", "first and last month"),
        (changed("window = [0, 12]", "window = [0, 48]"), "month", "month 36"),
        (changed('arm = "risedronate"', 'arm = "risedronat"'), "published.arm", "did you mean 'risedronate'"),
        (changed("low = 14.54", "low = 17.5"), "value", "between its limits"),
        (changed('kind = "pct_change"', 'kind = "percent"'), "kind", "pct_change"),
        (changed('id = "poise"', 'id = "poise"\nid = "poise"'), "toml", "each key once"),
        ("", "toml", "empty"),
    ],
)
def test_bad_protocol_is_refused_once(tmp_path, text, place, words):
    file = tmp_path / "bad.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_protocol(str(file))
    message = str(caught.value)
    assert message.startswith(("bad.toml", str(file)))
    assert place in message, message
    assert words in message, message
    assert "\n" not in message


def test_bytes_that_are_not_utf8(tmp_path):
    file = tmp_path / "latin.toml"
    file.write_bytes(POISE.encode("utf-16"))
    with pytest.raises(InputError, match="UTF-8"):
        load_protocol(str(file))


def test_unknown_name_suggests_the_nearest():
    with pytest.raises(InputError, match="did you mean 'poise'"):
        load_protocol("poize")


def test_objects_and_text_give_the_same_protocol():
    assert Protocol(**tomllib.loads(POISE)) == load_protocol("poise")
