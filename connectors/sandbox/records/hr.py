"""i人事's view: staff, organisation, transfers, leave. Times are `yyyy-MM-dd HH:mm:ss` local wall clock."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from connectors.sandbox.company.clock import DAY, HISTORY_START, day_of, day_start, wall
from connectors.sandbox.company.people import DEPARTMENTS, POSITIONS, Person, Placement
from connectors.sandbox.company.world import World
from connectors.sandbox.planted import load

Record = dict[str, Any]
_NAMES = {code: name for code, name, _ in DEPARTMENTS}


def is_in_service(person: Person, ts: int) -> bool:
    """A leaver leaves the books at 18:00 of the last working day."""
    return person.left is None or day_start(person.left) + 18 * 3600 > ts


def is_known(person: Person, ts: int) -> bool:
    """The record is entered three days before the first day (people of the first hour: before the history begins)."""
    return _entered(person) <= ts


def staff_record(world: World, person: Person, ts: int) -> Record:
    """One stay as the HR system shows it at `ts`."""
    today = day_of(ts)
    placement = _placement(person, ts)
    gone = not is_in_service(person, ts)
    return {
        "staffId": person.staff_id,
        "staffNo": person.employee_no,
        "staffName": person.name,
        "workEmail": person.email,
        "mobileNo": person.mobile,
        "staffStatus": "QUIT" if gone else "IN_SERVICE",
        "departmentId": placement.team,
        "departmentName": _NAMES[placement.team],
        "positionId": placement.position,
        "positionName": POSITIONS[placement.position],
        "staffType": "FULLTIME",
        "enrollInDate": person.hired.isoformat(),
        "probationEndDate": (person.hired + timedelta(days=90)).isoformat(),
        "leaveDate": person.left.isoformat() if gone and person.left else None,
        "superiorStaffNo": world.roster.superior_of(person, min(today, person.left or today)),
        "createdDate": _stamp(_entered(person)),
        "lastUpdateDate": _stamp(_updated(person, ts)),
    }


def organizations(world: World, ts: int) -> Iterator[Record]:  # noqa: ARG001 - the organisation does not change
    for code, name, parent in DEPARTMENTS:
        yield {
            "organizationId": code, "organizationName": name, "parentId": parent,
            "managerStaffNo": world.roster.manager_of(code), "status": "ENABLE",
        }  # fmt: skip


def transfers(world: World, ts: int) -> Iterator[Record]:
    """Moves between teams, known from 09:00 of their day."""
    for person in world.roster.people:
        for before, after in zip(person.placements, person.placements[1:], strict=False):
            known = _moved(after)
            if known <= ts:
                yield {
                    "transferId": f"tr{after.since:%Y%m%d}{person.employee_no}",
                    "staffId": person.staff_id,
                    "staffNo": person.employee_no,
                    "transferDate": after.since.isoformat(),
                    "beforeDepartmentId": before.team,
                    "afterDepartmentId": after.team,
                    "beforePositionId": before.position,
                    "afterPositionId": after.position,
                    "lastUpdateDate": _stamp(known),
                }


def leaves(world: World, ts: int) -> Iterator[Record]:
    """Every entry of leave in the monthly reports; known from 09:00 of its first day."""
    for person in world.roster.people:
        day = max(person.hired, HISTORY_START).replace(day=1)
        while person.is_planted and day_start(day) <= ts and (person.left is None or day <= person.left):
            row = attendance_row(person, day, ts) or {"leaves": ()}
            head = {name: value for name, value in row.items() if name != "leaves"}
            yield from ({**head, **entry} for entry in row["leaves"])
            day = (day + timedelta(days=31)).replace(day=1)


def attendance_row(person: Person, month: date, ts: int) -> Record | None:
    """One stay's report of one month; None before the stay begins."""
    following = (month + timedelta(days=31)).replace(day=1)
    began = max(day_start(month), day_start(person.hired))
    if began > ts or person.hired >= following or (person.left is not None and person.left < month):
        return None
    mine = [
        row
        for row in load().absences
        if row["no"] == person.employee_no
        and person.works_on(row["from"])
        and row["from"] < following
        and row["to"] >= month
        and day_start(row["from"]) + 9 * 3600 <= ts
    ]
    return {
        "staffId": person.staff_id,
        "staffNo": person.employee_no,
        "yearMonth": f"{month:%Y-%m}",
        "leaves": [
            {"leaveId": row["id"], "leaveType": row["type"], "startDate": row["from"].isoformat(),
             "endDate": row["to"].isoformat(), "days": row["days"]}
            for row in mine
        ],
        "lastUpdateDate": _stamp(max([began, *(day_start(row["from"]) + 9 * 3600 for row in mine)])),
    }  # fmt: skip


def _entered(person: Person) -> int:
    return day_start(person.hired) - 3 * DAY + 36_000


def _moved(placement: Placement) -> int:
    return day_start(placement.since) + 9 * 3600


def _placement(person: Person, ts: int) -> Placement:
    current = person.placements[0]
    for placement in person.placements[1:]:
        if _moved(placement) <= ts:
            current = placement
    return current


def _updated(person: Person, ts: int) -> int:
    moments = [_entered(person), *(_moved(p) for p in person.placements[1:])]
    if person.left:
        moments.append(day_start(person.left) + 18 * 3600)
    return max(moment for moment in moments if moment <= ts)


def _stamp(ts: int) -> str:
    return wall(ts).replace("T", " ")


STREAMS = {
    "staff": lambda world, ts: (staff_record(world, p, ts) for p in world.roster.people if is_known(p, ts)),
    "organizations": organizations,
    "transfers": transfers,
    "leaves": leaves,
}
