"""Alembic's folder: one file a step, up and down, on both databases."""
