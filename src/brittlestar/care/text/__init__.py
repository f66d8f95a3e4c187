"""A plan in words: spelling, clauses, and the plan they make."""
