"""Bulk import from files: a dry run, a report by line, never half an import."""
