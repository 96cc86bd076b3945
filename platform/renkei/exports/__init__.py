"""Exports: what one viewer may see of a kind, as a file that says how strictly it is marked."""
