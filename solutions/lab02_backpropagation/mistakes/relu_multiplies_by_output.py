# fails: relu_mask relu_zero relu_untouched
"""ReLU: gradient multiplied by the value of ReLU

For a = 3 and an upstream of 1 you return 3; the slope of ReLU there is 1.

You multiplied by the value of ReLU where its slope belongs. Look at the graph of max(0, a): right of 0 it rises by
one for one, however far to the right you are.
"""
# %% answer="relu"
def relu_backward(grad_output, input):
    return grad_output * input.clamp(min=0)
