# threat: 40
# verdict: wrong | student_error
# reaches: points
class ReLUFunction:
    apply = staticmethod(lambda x: x.clamp(min=0).unsqueeze(0))
