"""Index notation all the way: every formula is the sum that one writes on paper."""
# %% answer="linear"
def linear_backward(grad_output, input, weight):
    grad_input = torch.einsum("ni,ij->nj", grad_output, weight)
    grad_weight = torch.einsum("ni,nj->ij", grad_output, input)
    grad_bias = torch.einsum("ni->i", grad_output)
    return grad_input, grad_weight, grad_bias
# %% answer="mse"
def mse_backward(grad_output, prediction, target):
    n, d = prediction.shape
    return torch.einsum(",nd->nd", grad_output * 2 / (n * d), prediction - target)
# %% answer="chain"
def network_gradients(input, target, weight1, bias1, weight2, bias2):
    a = torch.einsum("nj,hj->nh", input, weight1) + bias1
    b = torch.relu(a)
    y = torch.einsum("nh,kh->nk", b, weight2) + bias2
    g = {"loss": (y - target).square().mean()}
    g["y"] = (y - target) * (2 / y.numel())
    g["weight2"] = torch.einsum("nk,nh->kh", g["y"], b)
    g["bias2"] = torch.einsum("nk->k", g["y"])
    g["b"] = torch.einsum("nk,kh->nh", g["y"], weight2)
    g["a"] = torch.einsum("nh,nh->nh", g["b"], (a > 0).to(a.dtype))
    g["weight1"] = torch.einsum("nh,nj->hj", g["a"], input)
    g["bias1"] = torch.einsum("nh->h", g["a"])
    g["input"] = torch.einsum("nh,hj->nj", g["a"], weight1)
    return g
