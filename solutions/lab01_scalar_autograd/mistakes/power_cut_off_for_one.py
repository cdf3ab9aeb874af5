# fails: power_gradient
"""`a ** 1` lets no gradient through

a ** 1 gets no gradient through: after (a ** 1).backward() the gradient of a is 0, and it should be 1.

A Value made from a bare number does not know where it came from. For n = 1 the general rule gives slope 1, so no special
case is needed.
"""

# %% answer="power"
def power(base, exponent):
    if exponent == 1:
        return Value(base.data)
    slope = exponent * base.data ** (exponent - 1)
    return Value(base.data**exponent, (base,), lambda g: (g * slope,), f"** {exponent:g}")
