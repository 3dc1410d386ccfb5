"""Ratings over time: state machines over closed periods. Recommendations with evidence, never decisions (F195)."""

from orchestration.scoring.lifecycle.awards import award_candidates
from orchestration.scoring.lifecycle.past import MonthScore, months_of, score_over
from orchestration.scoring.lifecycle.ratings import PeriodRating, rate_period
from orchestration.scoring.lifecycle.recommend import changed_recommendations, ratings_over, recommend
from orchestration.scoring.lifecycle.recommendation import ChangedRecommendation, Recommendation

__all__ = [
    "ChangedRecommendation",
    "MonthScore",
    "PeriodRating",
    "Recommendation",
    "award_candidates",
    "changed_recommendations",
    "months_of",
    "rate_period",
    "ratings_over",
    "recommend",
    "score_over",
]
