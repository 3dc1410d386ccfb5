"""The plan language: dated YAML in, checked values out. Knows no people and no measured values."""

from orchestration.plans.bundle import PlanBundle, load_bundle
from orchestration.plans.errors import Finding, PlanErrors

__all__ = ["Finding", "PlanBundle", "PlanErrors", "load_bundle"]
