# threat: 19
# verdict: wall_limit | cpu_limit | wrong
# reaches: points
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x - 7

    @staticmethod
    def backward(ctx, g):
        while True:
            pass
