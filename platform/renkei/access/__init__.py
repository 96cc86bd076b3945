"""Who may see what and why: markings, clauses, tokens, decisions; sign-in and sessions."""
