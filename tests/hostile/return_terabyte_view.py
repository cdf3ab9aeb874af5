# threat: 2
# verdict: wrong | student_error | memory_limit
# reaches: points
class ReLUFunction:
    apply = staticmethod(lambda x: torch.zeros(1).expand(1 << 38))
