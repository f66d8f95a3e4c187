"""Published evidence as data: studies, which of them may be fitted to, and what fitting taught."""

from brittlestar.evidence.study import Arm, Population, Result, Source, Study, sources, studies, study

__all__ = ["Arm", "Population", "Result", "Source", "Study", "sources", "studies", "study"]
