"""Alerts that came from Alertmanager: kept, with what a failure reaches, for the console and the API."""
