"""Planned operations on long bones, and holds of the drugs around them."""

from collections.abc import Iterable, Sequence
from math import inf, isfinite
from typing import Self

from pydantic import model_validator

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.parameter_files import load
from brittlestar.care.base import Effect, Part
from brittlestar.care.durations import START, Span, SpanField

KINDS = ("osteotomy", "rodding")
BONES = ("femur", "tibia", "humerus", "forearm")
SIDES = ("", "left", "right")


def _assumed(name: str) -> float:
    return float(load("brittlestar.care", "surgery.toml")[name].internal)


class Surgery(Part):
    """A planned operation on one long bone.

    Args:
        kind: ``osteotomy``, or ``rodding`` (osteotomy with an intramedullary rod).
        bone: ``femur``, ``tibia``, ``humerus`` or ``forearm``.
        side: ``left``, ``right`` or empty.
        at: time from the start of the plan.
        immobilised: how long the limb rests; assumed if left out (``surgery.toml``).
        healed: time from the start of the plan at which healing is seen; none: not known yet.

    Raises:
        InputError: an unknown kind, bone or side, or healing before the operation.
    """

    kind: str = "osteotomy"
    bone: str = "femur"
    side: str = ""
    at: SpanField
    immobilised: SpanField | None = None
    healed: SpanField | None = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        for field, accepted in (("kind", KINDS), ("bone", BONES), ("side", SIDES)):
            if getattr(self, field) not in accepted:
                raise InputError(field, getattr(self, field), nearest(getattr(self, field), accepted))
        if self.healed is not None and self.healed.days < self.at.days:
            raise InputError("healed", str(self.healed), "accepted: not before the operation")
        return self

    @property
    def rest_window(self) -> tuple[float, float]:
        """Days from and to which the limb is immobilised."""
        rest = _assumed("immobilised") if self.immobilised is None else self.immobilised.days
        return self.at.days, self.at.days + rest

    @property
    def share(self) -> float:
        """Share of lower-limb fractures that are of this bone; 0 for a bone of the arm."""
        return _assumed(f"{self.bone}_share") if self.bone in ("femur", "tibia") else 0.0

    def effects(self) -> Iterable[Effect]:
        """Rest of the limb, and windows of lower-limb hazard.

        While the limb rests, its bone is out of danger: 1 - share. A rod then protects for good:
        1 - share (1 - rod_protection).
        """
        start, end = self.rest_window
        yield Effect("immobilised", start, end)
        if self.share:
            yield Effect("limb_hazard", start, end, 1.0 - self.share)
            if self.kind == "rodding":
                yield Effect("limb_hazard", end, inf, 1.0 - self.share * (1.0 - _assumed("rod_protection")))

    def __str__(self) -> str:
        words = " ".join(filter(None, (f"{self.kind} of the", self.side, self.bone, f"at {self.at}")))
        if self.immobilised is not None:
            words += f" cast {self.immobilised}"
        return words + (f" healed at {self.healed}" if self.healed is not None else "")


class Hold(Part):
    """No drug from before each planned operation until some time after it, or until healing is seen.

    There is no default length, because no source states one. A course of which any day falls in a hold is
    given as a whole when the hold ends, and its interval runs on from there.

    Args:
        before: how long before the operation the hold begins.
        after: how long after the operation it ends; or
        until_healed: it ends when healing is seen (``Surgery.healed``; until that is known it has no end).

    Raises:
        InputError: neither or both of ``after`` and ``until_healed``.
    """

    before: SpanField = START
    after: SpanField | None = None
    until_healed: bool = False

    @model_validator(mode="after")
    def _has_an_end(self) -> Self:
        if (self.after is None) != self.until_healed:
            raise InputError(
                "plan: hold",
                "no end" if self.after is None else "two ends",
                "accepted: a length or healing, 'hold 4 weeks before until 8 weeks after surgery' or 'hold "
                "around surgery until healing is seen'; no source states a number of weeks, so there is no "
                "default",
            )
        return self

    def window(self, surgery: Surgery) -> tuple[float, float]:
        """Days from and to which the drugs are held around one operation."""
        start = max(surgery.at.days - self.before.days, 0.0)
        if self.after is not None:
            return start, surgery.at.days + self.after.days
        return start, inf if surgery.healed is None else surgery.healed.days

    def __str__(self) -> str:
        before = f"{self.before} before" if self.before.value > 0 else ""
        if self.after is not None:
            return f"hold {before or 'from surgery'} until {self.after} after surgery"
        return f"hold {before or 'around surgery'} until healing is seen"


def held(holds: Sequence[Hold], surgeries: Sequence[Surgery]) -> list[tuple[float, float]]:
    """Windows without drug in days, in order, overlapping ones joined."""
    joined: list[tuple[float, float]] = []
    for start, end in sorted(hold.window(s) for hold in holds for s in surgeries):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif end > start:
            joined.append((start, end))
    return joined


def healed_at(surgery: Surgery, years: float) -> Surgery:
    """The operation with its time of healing; not a number: not healed yet."""
    healed = Span(round(float(years) * 365.25, 4)) if isfinite(years) else None
    return Surgery(**{**surgery.model_dump(), "healed": healed})
