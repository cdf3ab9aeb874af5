"""The untrusted side: what runs where student code runs.

Imports only `wire` and the standard library's peers, never a check.
"""
