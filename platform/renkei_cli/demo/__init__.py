"""The demo: sample data, put in place by the same use cases that people use."""
