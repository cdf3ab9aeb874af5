"""What the command line's verbs do, one module each. Nothing here prints."""
