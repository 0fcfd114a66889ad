"""Sample worker: takes runs from the queue and executes ventas_etl on real data."""
