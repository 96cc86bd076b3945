"""The one visibility policy, whole: what is asked of whom, and the forms in which it is asked.

`clauses` are the policy's values and its form in Python; `viewer` is who is looking; `reach` is the
form in SQL; `guard` is what a search engine keeps of a record and is asked with. docs/policy.md
says it in words.
"""
