# threat: 19
# verdict: wall_limit | cpu_limit
# reaches: points
class Endless:
    def __del__(self):
        while True:
            pass

class ReLUFunction:
    @staticmethod
    def apply(x):
        Endless()
