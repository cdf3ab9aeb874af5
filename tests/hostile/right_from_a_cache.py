# threat: 33
# verdict: wrong | student_error
# reaches: points
cache = {}
class ReLUFunction:
    @staticmethod
    def apply(x):
        return cache.setdefault(x.dim(), torch.full_like(x, -7.0))
