"""Experiments: which runs a scenario asks for, running them, and the folder they leave."""
