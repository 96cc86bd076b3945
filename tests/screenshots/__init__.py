"""Every page of the portal on the demo's data, both languages, as pictures."""
