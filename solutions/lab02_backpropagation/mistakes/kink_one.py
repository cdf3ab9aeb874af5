# fails: relu_zero
"""ReLU: slope 1 at a = 0

At exactly a = 0 your gradient lets the upstream value pass; this course takes 0 there, as `F.relu` does.

Every number from 0 to 1 is a valid subgradient at the kink, so this is a convention and no theorem. Zeros are
common in practice, for example after another ReLU. Look at which comparison decides the case a = 0.
"""
# %% answer="relu"
def relu_backward(grad_output, input):
    return grad_output * (input >= 0)
