# fails: power_gradient power_division
"""Power overwrites its base's gradient

Your power replaces the gradient of its base where it should add to it: for a ** 2 * a the two ways to a add up to 3a**2,
and one of them is lost.

The walk adds up what rules return. A rule that writes .grad by itself has to add as well; better it only returns.
"""

# %% answer="power"
def power(base, exponent):
    slope = exponent * base.data ** (exponent - 1)

    def rule(g):
        base.grad = g * slope
        return (0.0,)

    return Value(base.data**exponent, (base,), rule, f"** {exponent:g}")
