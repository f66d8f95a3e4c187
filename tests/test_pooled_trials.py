"""What pooled trials found of fractures is what the evidence file holds, and stands beside every ratio."""

from brittlestar.evidence.studies.study import sources, studies
from brittlestar.outcomes import pooled_trials


def test_the_pooled_ratio_is_that_of_the_evidence():
    found = {e.measure: e for e in studies()["hald2015"].results}
    for measure, ratio in (
        ("RR_fracture_rate", pooled_trials.RATE_RATIO),
        ("RR_fracture_rate_without_outlier", pooled_trials.WITHOUT_OUTLIER),
    ):
        e = found[measure]
        assert (e.value, *(e.ci95 or ())) == tuple(ratio)
        assert all(sources()[key].address in pooled_trials.SOURCE for key in e.source)
    assert pooled_trials.in_words() == "0.71 (0.52 to 0.96)"


def test_it_stands_beside_ratios_of_fractures_and_nothing_else():
    for kind in ("hazard_ratio", "risk_ratio", "rate_ratio_nb", "rate_ratio_lwyy"):
        one = pooled_trials.beside(kind)
        assert one is not None and (one["value"], one["low"], one["high"]) == (0.71, 0.52, 0.96)
    for kind in ("pct_change", "ratio_to_control", "fracture_rate", "proportion_fractured"):
        assert pooled_trials.beside(kind) is None
