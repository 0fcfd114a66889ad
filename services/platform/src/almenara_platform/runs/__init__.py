"""Runs of pipelines: what a run is and how its events become its state."""
