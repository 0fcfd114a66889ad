"""Where lineage events are forwarded to: Marquez, DataHub."""
