# fails: relu_zero
"""ReLU: slope 0.5 at a = 0

At exactly a = 0 your gradient is half the upstream value; this course takes 0 there, as `F.relu` does.

One half is a valid subgradient, and it is what a two-sided finite difference measures, but the convention of this
course is 0. Which value does your slope take when the sign of the input is 0?
"""
# %% answer="relu"
def relu_backward(grad_output, input):
    return grad_output * (torch.sign(input) + 1) / 2
