# threat: 2
# verdict: wrong | student_error | wall_limit | memory_limit
# reaches: points
class ReLUFunction:
    @staticmethod
    def apply(x):
        return torch.zeros(1 << 22, dtype=x.dtype) + x.sum() * 0
