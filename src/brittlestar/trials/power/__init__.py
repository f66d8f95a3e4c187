"""Power, size and duration of a protocol, by simulation and by formula."""
