# threat: 15
# verdict: memory_limit
# reaches: points
class ReLUFunction:
    apply = staticmethod(lambda x: torch.ones(1 << 32))
