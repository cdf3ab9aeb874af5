"""The hidden checks, one file a lab. Never shipped to students, never readable from the sandbox."""
