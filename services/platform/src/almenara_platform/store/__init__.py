"""Runs, datasets and raw lineage events, behind one port."""
