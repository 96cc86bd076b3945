"""Proposals: draft, consortium, budget, hand-in, submission, receipt."""
