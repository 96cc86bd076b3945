"""Facts, and what is due because of them: nothing is lost when a worker, Redis or search is down."""
