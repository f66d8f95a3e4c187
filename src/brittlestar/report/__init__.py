"""Reports in HTML, from results only: one file each, no network, to read on a telephone or in print."""

from brittlestar.report.person import person_report
from brittlestar.report.trial import trial_report

__all__ = ["person_report", "trial_report"]
