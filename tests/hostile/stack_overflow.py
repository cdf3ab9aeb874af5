# threat: 10
# verdict: crashed | student_error | memory_limit | cpu_limit | wall_limit
# reaches: points
import sys, threading
sys.setrecursionlimit(10**9)
def deeper(x): return [deeper(x)]
class ReLUFunction:
    apply = staticmethod(deeper)
