"""Random documents over the whole query side: plain executor, plan and an oracle must agree."""
