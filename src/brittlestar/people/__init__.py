"""Who they are: growth and density references, types of OI, persons, cohorts, who is eligible."""

from brittlestar.people.cohort import Cohort as Cohort
from brittlestar.people.eligibility import Eligibility as Eligibility
from brittlestar.people.person import Person as Person
from brittlestar.people.sampling import sample_cohort as sample_cohort
