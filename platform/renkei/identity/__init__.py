"""Who someone is: accounts, how they sign in and prove it again, sessions and access tokens."""
