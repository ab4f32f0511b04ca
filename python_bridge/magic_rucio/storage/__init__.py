"""Doors to storage: what a replica is, seen from its storage element."""
