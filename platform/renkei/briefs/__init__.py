"""Briefs of the think tank: versions, sources, judgements, sharing."""
