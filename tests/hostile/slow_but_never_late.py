# threat: 20
# verdict: wall_limit | wrong | student_error
# reaches: points
import time
class ReLUFunction:
    @staticmethod
    def apply(x):
        time.sleep(1.5)
        return x - 7
