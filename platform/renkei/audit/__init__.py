"""Reading the audit, under the policy: who read what, at the grain that its owner may know."""
