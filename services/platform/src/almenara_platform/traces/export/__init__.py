"""An explained trace as others want it: JSON, a Mermaid diagram, text for terminals and review comments."""
