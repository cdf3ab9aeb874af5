# fails: chain_start chain_b chain_a chain_weights chain_biases chain_input
"""Chain: gradients come from autograd

Your function asks autograd for the gradients. With recording switched off, as the hidden checks call it, it
stops with an error such as: does not require grad.

This exercise is to be done by hand, without `backward` and without `torch.autograd`: forward values first, then one
line for each station from right to left. The rules of exercises 1 to 3 are all that it takes.
"""
# %% answer="chain"
def network_gradients(input, target, weight1, bias1, weight2, bias2):
    tensors = {"input": input, "weight1": weight1, "bias1": bias1, "weight2": weight2, "bias2": bias2}
    t = {name: value.clone().requires_grad_() for name, value in tensors.items()}
    t["a"] = F.linear(t["input"], t["weight1"], t["bias1"])
    t["b"] = F.relu(t["a"])
    t["y"] = F.linear(t["b"], t["weight2"], t["bias2"])
    loss = F.mse_loss(t["y"], target)
    gradients = torch.autograd.grad(loss, list(t.values()))
    return {"loss": loss, **dict(zip(t, gradients))}
