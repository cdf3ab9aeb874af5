# fails: power_gradient power_division
"""Slope of a power keeps the exponent

In the rule of your power the exponent has not gone down: for a ** 3 at a = 2 your gradient is 24, and it should
be 12.

The derivative of a to the n is n times a to the n - 1. Try n = 1, where the slope has to be 1 everywhere.
"""

# %% answer="power"
def power(base, exponent):
    slope = exponent * base.data**exponent
    return Value(base.data**exponent, (base,), lambda g: (g * slope,), f"** {exponent:g}")
