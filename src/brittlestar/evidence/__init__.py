"""Published evidence as data: studies, which of them may be fitted to, and what fitting taught."""
