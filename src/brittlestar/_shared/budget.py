"""What one question may cost: found out before work starts, and refused with what to make smaller."""

from dataclasses import dataclass

from brittlestar._shared.errors import InputError

STEPS_OF_A_DOSE = 16
"""Steps of a day that take as long as one dose of one person: its step is cut, and what follows from it is
worked out (measured: 730,000 doses took 3 s more at 4 million steps a second)."""

STEPS_OF_A_PERSON = 80
"""Steps that take as long as what is worked out once for each person and plan, before and after the course
(measured: 100,000 people with and without treatment over two steps took 4.2 s of processor)."""

BYTES_OF_A_DOSE = 280
"""Memory of one dose of one person while what follows from it is worked out (measured: 230 to 270)."""

GIB = 2**30


@dataclass(frozen=True)
class Cost:
    """Size of a question.

    Args:
        people: who is followed, everyone once per plan.
        steps: of each.
        doses: infusions and injections of each, at most.
        numbers: that are kept of each.
    """

    people: int
    steps: int
    doses: int = 0
    numbers: int = 0

    @property
    def work(self) -> float:
        """Steps of all people, a dose as 16 and a person as 80: people x (80 + steps + 16 x doses)."""
        return float(self.people) * (STEPS_OF_A_PERSON + self.steps + STEPS_OF_A_DOSE * self.doses)

    @property
    def memory(self) -> float:
        """Bytes: 8 for each number, and what the doses take."""
        return float(self.people) * (8 * self.numbers + BYTES_OF_A_DOSE * self.doses)


@dataclass(frozen=True)
class Budget:
    """Most that one question may cost.

    Args:
        work: as :attr:`Cost.work`.
        memory: bytes.
    """

    work: float
    memory: float

    def check(self, cost: Cost, smaller: str, where: str = "size of the question") -> None:
        """Refuse what costs more.

        Args:
            cost: of the question.
            smaller: what to make smaller, with its present values in words.
            where: place of the refusal.

        Raises:
            InputError: over either limit, with the cost, the limit and what to make smaller.
        """
        if cost.memory > self.memory:
            said = f"{cost.memory / GIB:.3g} GiB of memory"
            raise InputError(where, said, f"accepted: up to {self.memory / GIB:.3g} GiB; {_smaller(smaller)}")
        if cost.work > self.work:
            said = f"{cost.work:.3g} steps of people"
            raise InputError(where, said, f"accepted: up to {self.work:.3g}; {_smaller(smaller)}")


def _smaller(what: str) -> str:
    return f"make smaller: {what}"


COMMAND_LINE = Budget(work=2e9, memory=4.0 * GIB)
"""Some minutes on two cores, at 4 million steps a second and core."""

PAGE = Budget(work=1.1e7, memory=1.0 * GIB)
"""A few seconds on two cores: a person waits, and others ask too."""
