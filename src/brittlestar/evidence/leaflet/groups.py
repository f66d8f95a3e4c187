"""Groups of people and plans that several topics share."""

from brittlestar.evidence.simulated_groups import Group

MONTREAL = "montreal-pamidronate"
PAMIDRONATE = "pamidronate 1 mg/kg/day for 3 days every 4 months"
ZOLEDRONATE = "zoledronate 0.05 mg/kg iv every 6 months"
Z_RULE = f"{ZOLEDRONATE}, stop when Z reaches -2"
RISEDRONATE = "risedronate 2.5 mg daily below 30 kg, 5 mg daily above"
ALENDRONATE = "alendronate 5 mg daily below 40 kg, 10 mg daily above"

TYPES = ("I", "IV", "III")
ALL_TYPES = tuple((kind, 1.0) for kind in TYPES)
SEVERE = (("III", 1.0), ("IV", 1.0))

EIGHT_YEARS = Group(8.0, ALL_TYPES, n=48)
EIGHT_UNTREATED = EIGHT_YEARS.untreated()
EIGHT_PAMIDRONATE = EIGHT_YEARS.under(MONTREAL)

SEVERE_CHILDREN = Group((4.0, 12.0), SEVERE)
SEVERE_UNTREATED = SEVERE_CHILDREN.untreated()
SEVERE_PAMIDRONATE = SEVERE_CHILDREN.under(PAMIDRONATE)
SEVERE_ZOLEDRONATE = SEVERE_CHILDREN.under(ZOLEDRONATE)

BY_TYPE = {kind: Group(8.0, kind).untreated() for kind in TYPES}
BY_TYPE_TREATED = {kind: group.under(ZOLEDRONATE) for kind, group in BY_TYPE.items()}

FROM_2_UNTREATED = {kind: Group(2.0, kind, n=100).untreated(18.0) for kind in TYPES}
FROM_2_MONTREAL = {kind: group.under(MONTREAL) for kind, group in FROM_2_UNTREATED.items()}

AT_ENTRY = {kind: Group((2.0, 17.0), kind, n=50).untreated() for kind in TYPES}
"""As treatment begins in practice: of all ages."""

POISE = Group((4.0, 15.99), (("I", 121.0), ("III", 5.0), ("IV", 17.0)))
POISE_TABLETS = POISE.under(RISEDRONATE)
POISE_PLACEBO = POISE.under("placebo")
POISE_TYPES = (("I", 121.0), ("IV", 17.0), ("III", 5.0))
POISE_MANY = Group((4.0, 15.0), POISE_TYPES, n=300).untreated()
POISE_MANY_TREATED = POISE_MANY.under("poise-risedronate")

SHRINERS = Group((4.0, 19.99), (("I", 26.0), ("III", 32.0), ("IV", 37.0)))
SHRINERS_TABLETS = SHRINERS.under(ALENDRONATE)
SHRINERS_PLACEBO = SHRINERS.under("placebo")

CHEVREL = Group((20.0, 50.0), "I").untreated()
CHEVREL_TREATED = CHEVREL.under("alendronate 10 mg/day for 3 years")

DOSES = (0.0125, 0.025, 0.05)
"""Of zoledronate, mg/kg every 6 months."""
CHILD = {d: Group(8.0, "I", n=60).under(f"zoledronate {d} mg/kg iv every 6 months") for d in DOSES}
CHILD_UNTREATED = Group(8.0, "I", n=60).untreated()
ADULT = {d: Group(35.0, "I", n=60).under(f"zoledronate {d} mg/kg iv every 6 months") for d in DOSES}
ADULT_UNTREATED = Group(35.0, "I", n=60).untreated()

NEWBORN = Group(0.02, "III", n=40)
NERIDRONATE_FROM_BIRTH = NEWBORN.under("neridronate 2 mg/kg/day for 2 days every 3 months")
NEWBORN_UNTREATED = NEWBORN.untreated()
WOMEN = Group((55.0, 70.0), "healthy", female=1.0, n=40)
WOMEN_ONCE = WOMEN.under("zoledronate 5 mg once")

CLINICAL = ("lower_limb", "upper_limb", "other")
LONG_BONES = ("lower_limb", "upper_limb")

CLEARLY = 0.95
"""Fewer or less means by a twentieth at least: rounding is no effect."""
