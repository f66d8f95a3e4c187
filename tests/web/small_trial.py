"""A trial that is small enough for tests, and has all that a page shows of one."""

SMALL = """
id = "small"
title = "A small trial of one's own"
sources = ["assumed"]
[population]
randomised = 24
age_years = [5.0, 10.0]
types = { IV = 1.0 }
eligibility = { fractures = { min = 2 } }
source = "assumed"
[[arms]]
id = "none"
label = "no treatment"
control = true
plan = "no treatment"
[[arms]]
id = "drug"
label = "zoledronate"
plan = "zoledronate 0.05 mg/kg iv every 6 months"
[design]
years = 1.0
[[visits]]
months = [0, 12]
measures = ["ls_abmd"]
[[endpoints]]
id = "ls_abmd_pct_change"
label = "change of spine density"
kind = "pct_change"
measure = "ls_abmd"
month = 12
[[endpoints]]
id = "fractured"
label = "share with a fracture"
kind = "proportion_fractured"
window = [0, 12]
"""
