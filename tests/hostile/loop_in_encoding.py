# threat: 19
# verdict: wall_limit | cpu_limit
# reaches: points
class Endless(torch.Tensor):
    @property
    def layout(self):
        while True:
            pass

class ReLUFunction:
    apply = staticmethod(lambda x: torch.zeros(3).as_subclass(Endless))
