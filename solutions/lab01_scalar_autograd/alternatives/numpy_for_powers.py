"""numpy computes the powers; the notebook imports it for its pictures."""

# %% answer="power"
def power(base, exponent):
    number, slope = float(np.power(base.data, float(exponent))), exponent * float(np.power(base.data, exponent - 1.0))
    return Value(number, (base,), lambda g: (g * slope,), "**")
