"""The command `autograder`: the only place that prints, exits and reads the environment."""

from autograder.cli.main import main

__all__ = ["main"]
