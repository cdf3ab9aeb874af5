# fails: relu_mask relu_zero relu_untouched
"""ReLU: the upstream gradient is ignored

For a = (-1, 1) and an upstream gradient of (5, 5) you return (0, 1); expected is (0, 5).

That is the local gradient by itself. A rule hands on upstream times local, or everything to the right of this
operation is forgotten.
"""
# %% answer="relu"
def relu_backward(grad_output, input):
    return (input > 0).to(grad_output.dtype)
