"""The acts of the month, one file each; `sim/month.py` says in which order."""
