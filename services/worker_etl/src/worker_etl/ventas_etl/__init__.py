"""ventas_etl: real grocery transactions to daily sales and customer features."""
