"""Events: recorded with the change, relayed to RabbitMQ, consumed exactly once."""
