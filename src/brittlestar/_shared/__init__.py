"""Small helpers that every room may use: errors, keyed chance, parameter files."""
