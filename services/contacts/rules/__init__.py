"""What may happen to contacts and companies."""
