# threat: 40
# verdict: wrong | student_error
# reaches: points
class ReLUFunction:
    apply = staticmethod(lambda x: x + float("inf") if x.numel() else x.sum() + float("inf"))
