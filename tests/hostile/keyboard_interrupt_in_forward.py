# threat: 10
# verdict: student_error
# reaches: points
class ReLUFunction:
    @staticmethod
    def apply(x):
        raise KeyboardInterrupt
