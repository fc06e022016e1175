"""gRPC: the server with its fixed way of a request, and the clients."""
