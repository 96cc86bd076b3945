"""Organisations, people, and the posts that people hold."""
