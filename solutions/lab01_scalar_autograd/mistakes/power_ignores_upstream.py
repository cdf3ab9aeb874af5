# fails: power_gradient power_division
"""Power ignores the gradient that arrives

The rule of your power returns its local derivative only: for a ** 3 * 5 at a = 2 your gradient is 12, and it
should be 60.

Like every rule, it has to multiply the gradient that arrives by the local derivative. Look for g.
"""

# %% answer="power"
def power(base, exponent):
    slope = exponent * base.data ** (exponent - 1)
    return Value(base.data**exponent, (base,), lambda g: (slope,), f"** {exponent:g}")
