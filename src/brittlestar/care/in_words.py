"""A plan said in words, in the form that the reader of words understands; each part says itself."""

from brittlestar.care.plan_fields import PlanFields


def in_words(plan: PlanFields) -> str:
    """A plan in one sentence."""
    parts = [str(part) for part in plan.parts]
    return ", ".join([*(parts or ["no treatment"]), *_checks(plan)])


def _checks(plan: PlanFields) -> list[str]:
    if not plan.monitoring:
        return ["no checks"] if plan.usual_monitoring else []
    if plan.monitoring == plan.usual_monitoring:
        return ["usual checks"]
    return [str(check) for check in plan.monitoring]
