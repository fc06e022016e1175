"""Tests of what is deployed: the Helm charts, rendered."""
