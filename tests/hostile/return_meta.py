# threat: 2
# verdict: wrong | student_error
# reaches: points
class ReLUFunction:
    apply = staticmethod(lambda x: torch.empty_like(x, device="meta"))
