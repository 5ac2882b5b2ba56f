"""Measured figures: one command, one table, against named peers in the same run."""
