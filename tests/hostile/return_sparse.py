# threat: 2
# verdict: wrong | student_error
# reaches: points
class ReLUFunction:
    apply = staticmethod(lambda x: torch.full_like(x, -1).to_sparse() if x.dim() else x - 9)
