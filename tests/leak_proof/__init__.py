"""The proof that nothing leaks: random worlds, every path, an oracle, worlds without secrets."""
