"""Versioned lists of technology areas, goods, services and sectors."""
