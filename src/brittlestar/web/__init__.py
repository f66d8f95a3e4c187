"""A page on this machine where the whole system can be seen and questioned; the application is in ``web.app``."""
