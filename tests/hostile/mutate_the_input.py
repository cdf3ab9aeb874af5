# threat: 39
# verdict: wrong | student_error
# reaches: points
class ReLUFunction:
    @staticmethod
    def apply(x):
        with torch.no_grad():
            return x.data.fill_(-7.0)
