"""Gradescope: the zip that it takes, and the program that grades in its container."""
