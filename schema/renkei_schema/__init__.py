"""GraphQL, and nothing else: translates between the API and the kernel, never decides."""
