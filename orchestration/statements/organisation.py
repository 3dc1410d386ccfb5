"""Who stood below whom in a period: the valid-time organisation of its last day, not today's.

Somebody who left or moved counts where they sat on their last day of the period. Only the manager's own tree is ever
shown to a manager.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestration.periods import Period
from orchestration.scoring.inputs import Assignment


@dataclass(frozen=True, slots=True)
class Organisation:
    """Each person's last seat of a period."""

    seats: dict[str, Assignment]

    def below(self, manager: str) -> list[str]:
        """Everybody whose reporting line leads to a manager, without the manager, sorted."""
        return sorted(no for no in self.seats if no != manager and manager in self._line(no))

    def of_unit(self, unit: str) -> list[str]:
        """Everybody of a team or department, sorted."""
        return sorted(no for no, seat in self.seats.items() if unit in {seat.team_id, seat.department_id})

    def managers(self) -> list[str]:
        """Everybody whom somebody reported to, sorted."""
        return sorted({seat.manager_employee_no for seat in self.seats.values() if seat.manager_employee_no})

    def _line(self, employee_no: str) -> set[str]:
        """The managers above a person; a circle in the personnel data ends where it closes."""
        above: set[str] = set()
        seat = self.seats.get(employee_no)
        while seat and seat.manager_employee_no and seat.manager_employee_no not in above:
            above.add(seat.manager_employee_no)
            seat = self.seats.get(seat.manager_employee_no)
        return above


def organisation_of(assignments: Iterable[Assignment], period: Period) -> Organisation:
    """The organisation of a period."""
    seats: dict[str, Assignment] = {}
    for seat in sorted(assignments, key=lambda seat: seat.valid_from):
        is_inside = seat.valid_from < period.end and (seat.valid_to is None or seat.valid_to > period.start)
        if is_inside and seat.is_employed:
            seats[seat.employee_no] = seat
    return Organisation(seats)
