"""What tests need: real PostgreSQL, real RabbitMQ, a clean database for each test."""
