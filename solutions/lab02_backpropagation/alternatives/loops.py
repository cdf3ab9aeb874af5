"""Sample by sample in plain Python loops: slow, and as close to the indices as can be."""
# %% answer="linear"
def linear_backward(grad_output, input, weight):
    grad_input, grad_weight = torch.zeros_like(input), torch.zeros_like(weight)
    grad_bias = torch.zeros(weight.shape[0], dtype=weight.dtype)
    for n in range(input.shape[0]):
        for i in range(weight.shape[0]):
            grad_bias[i] += grad_output[n, i]
            for j in range(weight.shape[1]):
                grad_input[n, j] += grad_output[n, i] * weight[i, j]
                grad_weight[i, j] += grad_output[n, i] * input[n, j]
    return grad_input, grad_weight, grad_bias
# %% answer="relu"
def relu_backward(grad_output, input):
    passed = [g if x > 0 else 0.0 for g, x in zip(grad_output.flatten().tolist(), input.flatten().tolist())]
    return torch.tensor(passed, dtype=grad_output.dtype).reshape(input.shape)
# %% answer="mse"
def mse_backward(grad_output, prediction, target):
    result = torch.empty_like(prediction)
    for n in range(prediction.shape[0]):
        for d in range(prediction.shape[1]):
            result[n, d] = grad_output * 2 * (prediction[n, d] - target[n, d]) / prediction.numel()
    return result
# %% answer="chain"
def network_gradients(input, target, weight1, bias1, weight2, bias2):
    tensors = {"weight1": weight1, "bias1": bias1, "weight2": weight2, "bias2": bias2}
    total = {name: torch.zeros_like(value) for name, value in tensors.items()}
    rows = {"y": [], "b": [], "a": [], "input": []}
    loss = torch.zeros((), dtype=input.dtype)
    for x, t in zip(input, target):
        a = weight1 @ x + bias1
        b = torch.maximum(a, torch.zeros_like(a))
        y = weight2 @ b + bias2
        loss = loss + ((y - t) ** 2).sum() / target.numel()
        grad_y = 2 * (y - t) / target.numel()
        grad_b = weight2.T @ grad_y
        grad_a = torch.where(a > 0, grad_b, torch.zeros_like(grad_b))
        for name, row in (("y", grad_y), ("b", grad_b), ("a", grad_a), ("input", weight1.T @ grad_a)):
            rows[name].append(row)
        total["weight1"] += torch.outer(grad_a, x)
        total["bias1"] += grad_a
        total["weight2"] += torch.outer(grad_y, b)
        total["bias2"] += grad_y
    return {"loss": loss, **total, **{name: torch.stack(found) for name, found in rows.items()}}
# %% answer="sgd"
def training_step(parameters, velocities, input, target, lr, momentum=0.0):
    for parameter in parameters:
        if parameter.grad is not None:
            parameter.grad.zero_()
    loss = network_loss(parameters, input, target)
    loss.backward()
    for i in range(len(parameters)):
        velocities[i] = momentum * velocities[i] + parameters[i].grad
        with torch.no_grad():
            parameters[i] -= lr * velocities[i]
    return loss.item()
