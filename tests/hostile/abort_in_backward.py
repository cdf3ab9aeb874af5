# threat: 10
# verdict: crashed | wrong
# reaches: points
import os
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x - 7

    @staticmethod
    def backward(ctx, g):
        os.abort()
