"""The columns of an event table: the items of NONMEM and what other tools add, and who the people are.

Names are read in upper or lower case. Items and their rules are those of NONMEM's help (EVID, ADDL, II, SS,
RATE; Guide VI, chapter V), ``DUR`` and names as compartments those of rxode2's event tables; mrgsolve and
Pumas share them.
"""

from typing import NamedTuple


class Column(NamedTuple):
    """One column: what it says, its unit (``time`` and ``amount``: the table's), other names of it."""

    meaning: str
    unit: str = ""
    also: tuple[str, ...] = ()


ITEMS: dict[str, Column] = {
    "ID": Column("person; the records of one person stand together"),
    "TIME": Column("time of the record from the start of the person's course", "time"),
    "EVID": Column("kind of record: 0 observation, 1 dose, 2 other"),
    "AMT": Column("amount of one dose", "amount"),
    "RATE": Column("amount per time of an infusion; 0: not told", "amount per time"),
    "DUR": Column("length of an infusion; 0: not told", "time", ("DURATION",)),
    "ADDL": Column("further doses like this one, II apart"),
    "II": Column("time from one dose to the next", "time"),
    "SS": Column("steady state; 0: none"),
    "CMT": Column("what is given, or with an observation what is seen"),
    "DRUG": Column("drug by name", "", ("TRT",)),
    "DV": Column("value observed"),
    "DVID": Column("what is observed", "", ("YTYPE", "DVNAME")),
    "MDV": Column("1 where DV holds no observation"),
    "TIMEU": Column("unit of TIME, II and DUR"),
    "AMTU": Column("unit of AMT"),
    "C": Column("flag of records to be left out"),
    "DATE": Column("calendar date of the record"),
}
"""What a record says."""

NEEDED = ("ID", "TIME")

COVARIATES: dict[str, tuple[str, Column]] = {
    "AGE": ("age", Column("age at time 0", "years")),
    "SEX": ("sex", Column("female or male", "", ("GENDER",))),
    "OITYPE": ("oi_type", Column("type of osteogenesis imperfecta", "", ("OI_TYPE", "TYPE"))),
    "WT": ("weight_kg", Column("weight at time 0", "kg", ("WEIGHT", "WTKG"))),
    "HT": ("height_cm", Column("height at time 0", "cm", ("HEIGHT", "HTCM"))),
    "PUBSHIFT": ("puberty_shift_years", Column("timing of puberty after the usual", "years")),
    "LSZ": ("baseline_z", Column("lumbar-spine Z-score at time 0", "SD")),
    "FX2Y": (
        "fractures_last_2_years",
        Column("fractures in the two years before time 0, without the spine's"),
    ),
    "CALC": ("calcium_mg_per_day", Column("usual intake of calcium", "mg/day")),
    "VITD": ("vitamin_d_nmol_per_l", Column("usual serum 25-hydroxyvitamin D", "nmol/L")),
    "ADHER": ("adherence", Column("share of tablets taken, 0 to 1")),
}
"""Column -> field of a :class:`brittlestar.people.person.Person`, and what it says."""


def standard_name(name: str) -> str:
    """The name that a column has here; names that nobody reads stay as they are.

    >>> [standard_name(name) for name in ("evid", "Duration", "WEIGHT", "race")]
    ['EVID', 'DUR', 'WT', 'race']
    """
    said = name.strip().upper()
    known = {**ITEMS, **{column: about for column, (_, about) in COVARIATES.items()}}
    return next((one for one, about in known.items() if said == one or said in about.also), name.strip())
