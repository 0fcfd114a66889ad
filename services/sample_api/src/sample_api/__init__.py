"""Sample service: accepts run requests and serves products and daily sales."""
