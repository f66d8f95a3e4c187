"""Entry rules: who is in, and that the counts of exclusions add up."""

import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar.people.eligibility import Eligibility
from brittlestar.people.sampling import sample_cohort

RULES = {
    "age_years": [4, 15],
    "oi_type": ["I", "III", "IV"],
    "any_of": [{"fractures": {"min": 1}, "lowest_z": {"max": -1.0}}, {"lowest_z": {"max": -2.0}}],
}


def _candidates():
    return {
        "age_years": np.array([3.9, 4.0, 15.0, 10.0, 10.0, 10.0, 10.0]),
        "oi_type": np.array([1, 1, 2, 0, 3, 1, 1], np.int8),
        "ls_z": np.array([-5.0, -1.5, -1.5, -3.0, -2.0, -0.5, np.nan]),
        "tb_z": np.array([-5.0, -0.5, -0.5, -3.0, np.nan, -1.2, np.nan]),
        "fractures": np.array([3, 1, 0, 2, 0, 1, 4]),
    }


def test_rules_of_a_trial_with_an_alternative():
    screening = Eligibility.from_table(RULES).screen(_candidates())
    assert screening.eligible.tolist() == [False, True, False, False, True, True, False]


def test_exclusions_add_up_and_name_their_rule():
    screening = Eligibility.from_table(RULES).screen(_candidates())
    assert sum(screening.excluded.values()) == int(np.sum(~screening.eligible))
    assert screening.excluded["age_years 4-15"] == 1 and screening.excluded["oi_type I/III/IV"] == 1
    assert all(screening.failed[label] >= count for label, count in screening.excluded.items())
    assert "7 screened, 3 eligible" in str(screening)


def test_a_cohort_can_be_screened_with_its_first_scan_added():
    cohort = sample_cohort(200, seed=3, age_years=(1, 18))
    rules = Eligibility.from_table({"age_years": [5, 12], "sex": "female", "weight_factor": {"max": 1.2}})
    kept = cohort.take(rules.screen(vars(cohort)).eligible)
    assert 0 < len(kept) < 200 and kept.sex.min() == 1 and kept.age_years.min() >= 5


def test_no_rules_keep_everyone():
    assert Eligibility().screen(_candidates()).eligible.all()


@pytest.mark.parametrize(
    "table",
    [
        {"age_years": 4},
        {"age_years": [15, 4]},
        {"age_years": {"minimum": 4}},
        {"oi_type": ["V"]},
        {"any_of": {"ls_z": [-5, -2]}},
        {"any_of": []},
    ],
)
def test_malformed_rules_are_refused(table):
    with pytest.raises(InputError, match="eligibility"):
        Eligibility.from_table(table)


def test_a_field_that_candidates_lack_is_named_with_the_nearest():
    with pytest.raises(InputError, match="did you mean 'fractures'"):
        Eligibility.from_table({"fracture": {"min": 1}}).screen(_candidates())
