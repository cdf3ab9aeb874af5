# fails: relu_untouched
"""ReLU: `grad_output` is written to

After your function the upstream gradient itself has changed: its entries where the input is not positive are now
0.

Autograd may give the same tensor to a neighbor. In relu(h) + h, for example, the skip connection would lose its
gradient wherever h is negative. Build a new tensor instead of writing into the one that you were handed.
"""
# %% answer="relu"
def relu_backward(grad_output, input):
    grad_output[input <= 0] = 0
    return grad_output
