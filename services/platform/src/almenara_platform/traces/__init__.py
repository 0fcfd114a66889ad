"""Traces behind one port: what a span is, where spans are kept and how a trace is explained."""
