"""The local stack: private PostgreSQL and RabbitMQ, every service, one supervisor (`make run`)."""
