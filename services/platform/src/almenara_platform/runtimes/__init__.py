"""Where the parts of Almenara run: one port, one module for each runtime."""
