"""identity: who works with Wasl, and what a credential is worth."""
