"""Answers to questions about lineage, each read from one snapshot of the graph."""
