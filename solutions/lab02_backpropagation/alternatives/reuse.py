"""The chain calls the rules of the first three exercises, which are written with broadcasting and masks."""
# %% answer="linear"
def linear_backward(grad_output, input, weight):
    """Outer products for each sample, then summed over the batch."""
    grad_weight = (grad_output[:, :, None] * input[:, None, :]).sum(0)
    grad_input = (grad_output[:, :, None] * weight[None, :, :]).sum(1)
    return grad_input, grad_weight, torch.ones(len(input), dtype=input.dtype) @ grad_output
# %% answer="relu"
def relu_backward(grad_output, input):
    return torch.where(input > 0, grad_output, 0)
# %% answer="chain"
def network_gradients(input, target, weight1, bias1, weight2, bias2):
    a = F.linear(input, weight1, bias1)
    b = F.relu(a)
    y = F.linear(b, weight2, bias2)
    loss = F.mse_loss(y, target)
    grad_y = mse_backward(torch.ones_like(loss), y, target)
    grad_b, grad_weight2, grad_bias2 = linear_backward(grad_y, b, weight2)
    grad_a = relu_backward(grad_b, a)
    grad_input, grad_weight1, grad_bias1 = linear_backward(grad_a, input, weight1)
    return dict(
        loss=loss, y=grad_y, b=grad_b, a=grad_a, input=grad_input,
        weight1=grad_weight1, bias1=grad_bias1, weight2=grad_weight2, bias2=grad_bias2,
    )  # fmt: skip
