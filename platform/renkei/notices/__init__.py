"""Following and telling: follows, the inbox, mail; delivery asks the policy again."""
