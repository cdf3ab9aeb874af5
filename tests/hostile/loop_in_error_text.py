# threat: 19
# verdict: wall_limit | cpu_limit
# reaches: points
class Endless(Exception):
    def __str__(self):
        while True:
            pass

class ReLUFunction:
    @staticmethod
    def apply(x):
        raise Endless
