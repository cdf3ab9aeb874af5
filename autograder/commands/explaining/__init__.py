"""A verdict repeated in front of an instructor: what went in, what came back, what was expected."""
