"""The top of the house: commands, the supervisor of `renkei serve`, demo data."""
