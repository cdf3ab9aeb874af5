# threat: 17
# verdict: student_error
# reaches: points
class ReLUFunction:
    @staticmethod
    def apply(x):
        raise ValueError("x" * 20_000_000)
