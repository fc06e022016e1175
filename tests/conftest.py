"""Real servers for every test that asks for them."""

pytest_plugins = ["chassis.testing.plugin"]
