"""Service level objectives: what a pipeline promises, how much of the promise is spent, and what spent it."""
