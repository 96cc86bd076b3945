"""What a type reads from: a neutral tree of fields becomes SQL narrowed by the policy."""
