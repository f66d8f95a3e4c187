"""A plan's words are read here: spelling, clauses, and the plan they make."""
