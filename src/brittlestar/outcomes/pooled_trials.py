"""What controlled trials of bisphosphonates in osteogenesis imperfecta found of fractures, all put together.

It stands beside every fracture ratio of the model, in every door and at the same size. The numbers are
those of ``evidence/studies/records/hald2015.toml``; a test holds them to it.
"""

from typing import Any, NamedTuple


class Ratio(NamedTuple):
    """A rate ratio, treated over control, with its 95 % limits."""

    value: float
    low: float
    high: float


RATE_RATIO = Ratio(0.71, 0.52, 0.96)
"""Fracture rate ratio of six placebo-controlled trials."""

WITHOUT_OUTLIER = Ratio(0.79, 0.61, 1.02)
"""The same without one trial that stands apart."""

LABEL = "In pooled trials of bisphosphonates: fracture rate ratio"
"""Name of a row that holds ``RATE_RATIO``."""

SOURCE = "Hald 2015, six placebo-controlled trials, ref:hald2015"

SINGLE = (
    "Single trials found half as many, or no fewer, and were too small to differ for sure; how much type and "
    "dose matter they cannot tell."
)
"""What stands behind the pooled number."""

RATIO_KINDS = ("hazard_ratio", "rate_ratio_nb", "rate_ratio_lwyy", "risk_ratio")
"""Kinds of result that are a ratio of fractures."""


def in_words() -> str:
    """The ratio with its range: "0.71 (0.52 to 0.96)"."""
    return "{:.2f} ({:.2f} to {:.2f})".format(*RATE_RATIO)


def beside(kind: str) -> dict[str, Any] | None:
    """What stands beside a result of this kind: the pooled ratio where it is a ratio of fractures."""
    if kind not in RATIO_KINDS:
        return None
    return {"label": LABEL, **RATE_RATIO._asdict(), "source": SOURCE}


def of_100() -> str:
    """The same of bones broken where there were 100 without, as a sentence for a reader."""
    value, low, high, without, least, most = (round(100 * x) for x in (*RATE_RATIO, *WITHOUT_OUTLIER))
    return (
        f"Trials of these drugs, all put together, found {value} broken bones where there were 100 without "
        f"(range {low} to {high}; without one trial that stands apart {without}, range {least} to {most}; "
        "Hald 2015). Where the model shows more effect, as in types III and IV, the trials are the better "
        "guide."
    )
