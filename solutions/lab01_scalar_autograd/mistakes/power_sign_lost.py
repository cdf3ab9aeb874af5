# fails: power_gradient power_division
"""Slope of a power is never negative

Your slope of a power is never negative: for a ** 2 at a = -3 it is 6, and it should be -6.

Left of 0 the parabola falls. Look for an absolute value in your rule.
"""

# %% answer="power"
def power(base, exponent):
    slope = abs(exponent * base.data ** (exponent - 1))
    return Value(base.data**exponent, (base,), lambda g: (g * slope,), f"** {exponent:g}")
