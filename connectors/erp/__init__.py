"""Enterprise resource planning."""
