"""A page on this machine where the whole system can be seen and questioned; see ``web.app``."""
