"""Real services for tests: private, on free ports, ended with the test that asked for them."""
