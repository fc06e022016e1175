"""What may happen to products, pipelines and deals."""
