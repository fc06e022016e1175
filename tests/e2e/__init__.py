"""The whole suite, from outside: only what a customer's program could do."""
