# fails: power_gradient
"""Power cuts the exponent to a whole number

Your power cuts the exponent to a whole number: a ** 0.5 gives 1, as a ** 0 does.

The exponent is a plain number of any kind, and roots are powers too. Look for a conversion, or for a loop that
multiplies.
"""

# %% answer="power"
def power(base, exponent):
    exponent = int(exponent)
    slope = exponent * base.data ** (exponent - 1) if exponent else 0.0
    return Value(base.data**exponent, (base,), lambda g: (g * slope,), f"** {exponent}")
