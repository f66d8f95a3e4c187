"""Power of a protocol, by simulation and by formula."""
