"""Populations: one file each, its columns and what its members decide."""
