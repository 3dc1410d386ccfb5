"""Many people at once, exact to the fen: the set-based twin of the plain engine, held equal to it by tests."""

from orchestration.scoring.bulk.engine import BulkResult, Line, score_in_bulk
from orchestration.scoring.bulk.roster import Roster, make_roster

__all__ = ["BulkResult", "Line", "Roster", "make_roster", "score_in_bulk"]
