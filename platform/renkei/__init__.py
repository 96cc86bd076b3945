"""The kernel: everything that Renkei knows and decides. Knows no GraphQL and no HTTP framework."""
