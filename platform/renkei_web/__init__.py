"""The web face: the HTTP application, sessions and the portal."""
