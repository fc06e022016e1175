"""Mail: a queue in the database of the service that writes it, and a worker that sends it."""
