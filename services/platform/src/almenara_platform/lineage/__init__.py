"""Lineage between datasets and their columns: what leads where, and what that means."""
