"""Log records behind one port."""
