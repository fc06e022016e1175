"""The REST gateway: turns HTTP and JSON into gRPC by what the descriptors say."""
