"""People: growth and density references, types of OI, persons, cohorts and eligibility."""
