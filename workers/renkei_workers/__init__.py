"""arq jobs, thin: an id in, one kernel call, nothing else. arq only wakes; the truth is a table."""
