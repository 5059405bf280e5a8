"""Writes down what a Python program launches; see `hook`."""
