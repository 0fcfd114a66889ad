"""The monthly review: what was promised, what was kept, and what burnt the budgets."""
