"""Everything that is known about the lineage graph, kept for good behind one port."""
