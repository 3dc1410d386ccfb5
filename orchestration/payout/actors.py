"""The people who may take a step of a payout, read from a register; nobody outside it can."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from orchestration.payout.errors import ApprovalRefused, RulesInvalid
from orchestration.payout.rounding import round_fen
from orchestration.plans.errors import PlanProblem
from orchestration.plans.fields import Fields
from orchestration.plans.yaml_source import Node, read_yaml

Step = Literal["review", "approve", "export", "confirm", "adjust", "waive", "hold", "dispute", "answer", "erase"]
STEPS: tuple[Step, ...] = get_args(Step)
SAMPLE_APPROVERS = Path(__file__).parent / "sample" / "approvers.yaml"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person of the register. `employee_no` is empty for people whom this system does not pay; `limit_fen` is the
    greatest run total they may approve, None for no limit."""

    id: str
    employee_no: str
    may: frozenset[str]
    limit_fen: int | None

    def is_same_person(self, other_id: str, other_employee_no: str) -> bool:
        """Whether another register entry is the same person: by id, or by employee number."""
        return self.id.casefold() == other_id.casefold() or bool(
            self.employee_no and self.employee_no == other_employee_no
        )


Actors = dict[str, Actor]


def load_actors(path: Path | None = None) -> Actors:
    """Read a register (default: the sample company's); raises `RulesInvalid` with file, line and what to do."""
    try:
        top = Fields(read_yaml(path or SAMPLE_APPROVERS), "the register of approvers")
        entries = top.need("actors").items()
        top.close()
        found: Actors = {}
        for node in entries:
            actor = _read(node)
            if actor.id.casefold() in {known.casefold() for known in found}:
                raise RulesInvalid(f"{node.file}:{node.line}: {actor.id} is in the register twice; keep one entry")
            found[actor.id] = actor
    except PlanProblem as problem:
        raise RulesInvalid(str(problem)) from None
    return found


def require_actor(actors: Actors, actor_id: str, step: Step) -> Actor:
    """The person, if the register lets them take the step; raises `ApprovalRefused`."""
    actor = actors.get(actor_id)
    if actor is None:
        raise ApprovalRefused(f"{actor_id!r} is not in the register of approvers; add the person or use a known id")
    if step not in actor.may:
        able = ", ".join(sorted(other.id for other in actors.values() if step in other.may)) or "nobody"
        raise ApprovalRefused(f"{actor_id} may not {step} (the register lets {able} do it)")
    return actor


def _read(node: Node) -> Actor:
    entry = Fields(node, "an actor")
    steps = entry.need("may")
    limit = entry.optional_number("limit")
    actor = Actor(
        id=entry.need("id").text(),
        employee_no=entry.text("employee_no"),
        may=frozenset(item.text() for item in steps.items()),
        limit_fen=None if limit is None else round_fen(limit),
    )
    entry.close()
    unknown = sorted(actor.may - set(STEPS))
    if unknown:
        raise RulesInvalid(f"{steps.file}:{steps.line}: {unknown[0]!r} is no step; write {', '.join(STEPS)}")
    return actor
