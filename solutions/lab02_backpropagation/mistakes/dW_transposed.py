# fails: linear_weight
"""Linear: weight gradient lies on its side

Your weight gradient lies on its side: for 3 features in and 4 out it has shape (3, 4), while the weight has
shape (4, 3).

A gradient has the shape of its tensor, entry by entry. On a square layer this slip raises no error and trains
nonsense. Which index of the weight counts outputs, and which of your two factors carries that index?
"""
# %% answer="linear"
def linear_backward(grad_output, input, weight):
    return grad_output @ weight, input.T @ grad_output, grad_output.sum(dim=0)
