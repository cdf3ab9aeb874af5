# fails: power_gradient power_division
"""Power fails for a negative base

Your power fails for a negative base: (-2) ** 3 should be -8, and a logarithm of -2 does not exist.

exp(n log a) is a**n only where a is positive. Python's own ** knows what to do with whole exponents.
"""

# %% answer="power"
def power(base, exponent):
    result = math.exp(exponent * math.log(base.data)) if base.data else 0.0**exponent
    slope = exponent * base.data ** (exponent - 1)
    return Value(result, (base,), lambda g: (g * slope,), f"** {exponent:g}")
