# threat: 15
# verdict: cpu_limit | wall_limit | memory_limit
# reaches: points
# control: it ends by its time limit at every level
class ReLUFunction:
    @staticmethod
    def apply(x):
        hoard = []
        while True:
            try:
                hoard.append(bytearray(50_000_000))
            except MemoryError:
                pass
