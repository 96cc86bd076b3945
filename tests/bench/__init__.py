"""Benchmarks: ratios to a named rival in one run, never a timed assertion."""
