# fails: relu_mask relu_zero relu_untouched
"""ReLU: gate decided by the gradient's sign

Negative upstream gradients never get through: for a = 1 and an upstream of -4 you return 0, and it should be -4.

The gate of ReLU is opened by the sign of its input, not by the sign of the gradient. Half of all gradients are
negative, and they are as important as the others.
"""
# %% answer="relu"
def relu_backward(grad_output, input):
    return grad_output.clamp(min=0)
