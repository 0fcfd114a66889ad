"""Almenara platform: takes the signals of pipeline runs in and answers questions about them."""
