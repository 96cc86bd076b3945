"""Facts, and what is due because of them: nothing is lost when a worker or Redis is down."""
