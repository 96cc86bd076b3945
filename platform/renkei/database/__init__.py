"""Storage for every noun: the engine for both databases, column types, migrations' door."""
