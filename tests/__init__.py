"""The tests: what the project promises, each promise in one place."""
