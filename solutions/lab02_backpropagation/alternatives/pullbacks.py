"""Functional: an operation returns its value and a pullback, a closure from what arrives to what it hands on."""
# %% answer="chain"
def linear_with_pullback(x, weight, bias):
    return x @ weight.T + bias, lambda g: (g @ weight, g.T @ x, g.sum(0))


def relu_with_pullback(x):
    return torch.where(x > 0, x, torch.zeros_like(x)), lambda g: torch.where(x > 0, g, torch.zeros_like(g))


def mse_with_pullback(y, target):
    return F.mse_loss(y, target), lambda g: 2 * g * (y - target) / y.numel()


def network_gradients(input, target, weight1, bias1, weight2, bias2):
    a, back1 = linear_with_pullback(input, weight1, bias1)
    b, back2 = relu_with_pullback(a)
    y, back3 = linear_with_pullback(b, weight2, bias2)
    loss, back4 = mse_with_pullback(y, target)
    grads = {"loss": loss, "y": back4(torch.ones_like(loss))}
    grads["b"], grads["weight2"], grads["bias2"] = back3(grads["y"])
    grads["a"] = back2(grads["b"])
    grads["input"], grads["weight1"], grads["bias1"] = back1(grads["a"])
    return grads
# %% answer="sgd"
def training_step(parameters, velocities, input, target, lr, momentum=0.0):
    # autograd.grad returns the gradients and leaves .grad alone, so nothing old can count.
    loss = network_loss(parameters, input, target)
    for p, v, g in zip(parameters, velocities, torch.autograd.grad(loss, parameters), strict=True):
        v.copy_(momentum * v + g)
        p.detach().copy_(p.detach() - lr * v)
    return loss.item()
