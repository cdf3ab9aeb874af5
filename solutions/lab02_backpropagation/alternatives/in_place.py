"""In place wherever it is allowed: on tensors of our own, never on what was handed in."""
# %% answer="relu"
def relu_backward(grad_output, input):
    return grad_output.clone().masked_fill_(input <= 0, 0.0)
# %% answer="mse"
def mse_backward(grad_output, prediction, target):
    difference = prediction.clone().sub_(target)
    return difference.mul_(2).div_(prediction.numel()).mul_(grad_output)
# %% answer="chain"
def network_gradients(input, target, weight1, bias1, weight2, bias2):
    b = torch.addmm(bias1, input, weight1.t()).clamp_(min=0)
    residual = torch.addmm(bias2, b, weight2.t()).sub_(target)
    result = {"loss": residual.pow(2).mean()}
    result["y"] = residual.mul_(2 / residual.numel())
    result["b"] = residual.mm(weight2)
    # b > 0 exactly where a > 0, so a itself need not be kept.
    result["a"] = result["b"].clone().masked_fill_(b.eq(0), 0.0)
    result["input"] = result["a"].mm(weight1)
    result["weight1"], result["bias1"] = result["a"].t().mm(input), result["a"].sum(0)
    result["weight2"], result["bias2"] = residual.t().mm(b), residual.sum(0)
    return result
# %% answer="sgd"
def training_step(parameters, velocities, input, target, lr, momentum=0.0):
    for p in parameters:
        p.grad = None
    loss = network_loss(parameters, input, target)
    loss.backward()
    for p, v in zip(parameters, velocities):
        v *= momentum
        v += p.grad
        p.data.sub_(lr * v)
    return loss.item()
# %% answer="scale_gradient"
class ScaleGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale):
        ctx.scale = scale
        return x.clone()

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output.clone().mul_(ctx.scale), None


def scale_gradient(x, scale):
    return ScaleGradient.apply(x, scale)
