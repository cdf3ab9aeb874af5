# fails: power_gradient
"""Slope of a power ends in an error at 0

a ** 2 at a = 0 ends in an error on the way back, where the slope is simply 0: you compute the slope as n * a**n / a.

It is the same number wherever a is not 0. The formula with n - 1 needs no division.
"""

# %% answer="power"
def power(base, exponent):
    result = base.data**exponent
    return Value(result, (base,), lambda g: (g * exponent * result / base.data,), f"** {exponent:g}")
