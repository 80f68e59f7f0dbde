"""Books: one file each, its columns and what can be read from it."""
