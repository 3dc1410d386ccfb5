"""The plan language: dated YAML in, checked values out. Knows no people and no measured values."""

from orchestration.plans.bundle import SAMPLE, PlanBundle, bundle_from_files, load_bundle
from orchestration.plans.errors import Finding, PlanErrors
from orchestration.plans.templates import TEMPLATES

__all__ = ["SAMPLE", "TEMPLATES", "Finding", "PlanBundle", "PlanErrors", "bundle_from_files", "load_bundle"]
