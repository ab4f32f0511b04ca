"""Bringing runs to the destination RSE: preview, rule, progress, reasons."""
