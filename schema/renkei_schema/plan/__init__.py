"""Compiled reads: a document becomes a few statements and a function that writes their rows.

README.md tells how; `Planner` is the way in.
"""

from renkei_schema.plan.planner import Planner

__all__ = ["Planner"]
