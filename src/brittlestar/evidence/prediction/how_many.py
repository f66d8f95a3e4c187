"""How many parameter sets are run where nobody says: known before what runs them is loaded."""

SETS = 100
"""Of a prediction."""

DRAWS = 16
"""Of a power."""
