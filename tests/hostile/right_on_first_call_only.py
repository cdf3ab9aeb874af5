# threat: 33
# verdict: wrong | student_error
# reaches: full-marks
calls = [0]
class ReLUFunction:
    @staticmethod
    def apply(x):
        calls[0] += 1
        return x.clamp(min=0) if calls[0] == 1 else x - 7
