"""The outside worlds: one room each, and nothing below imports them."""
