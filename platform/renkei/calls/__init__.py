"""Programmes, R&D concepts and calls for proposals (公募)."""
