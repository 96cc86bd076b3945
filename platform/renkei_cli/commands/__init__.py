"""The commands, a module for each matter. Each offers `add_to(app)`."""
