# fails: linear_input
"""Linear: input's gradient ignores `grad_output`

The input's gradient does not depend on `grad_output`: every sample gets the same row, the sum of the weight's
rows.

That is the local gradient alone, right only if the upstream gradient is 1 everywhere. What a rule hands on is
upstream times local, and in a layer that product is also where the sum over the outputs happens.
"""
# %% answer="linear"
def linear_backward(grad_output, input, weight):
    return weight.sum(dim=0).expand_as(input), grad_output.T @ input, grad_output.sum(dim=0)
