"""DataHub as a catalog: datasets registered, lineage written and read, over the HTTP API of its GMS."""
