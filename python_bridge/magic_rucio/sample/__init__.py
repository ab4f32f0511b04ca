"""Synthetic data that look like MAGIC's, to try and to test things with."""
