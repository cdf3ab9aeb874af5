# fails: operators_reflected power_division
"""`1 + a` and `2 * a` end in an error

2 * a and 1 + a end in an error, although a * 2 and a + 1 work; and so does sum([a, b]), which starts from the
integer 0.

In 2 * a, Python asks the number 2 first, and a number does not know your class. Then it looks for a method of a with
a special name. Look at which names the exercise lists, and which of them your class has.
"""

# %% answer="operators"
class Operators:
    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return -self + other
