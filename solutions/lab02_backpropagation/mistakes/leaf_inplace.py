# fails: sgd_step sgd_fresh sgd_momentum
"""Step: update recorded by autograd

Your update stops with: a leaf Variable that requires grad is being used in an in-place operation.

Autograd is still watching, and a leaf may not be changed in place while it does (habit 3). The update is not part
of the function that you differentiate: ask autograd to look away while it happens.
"""
# %% answer="sgd"
def training_step(parameters, velocities, input, target, lr, momentum=0.0):
    for p in parameters:
        p.grad = None
    loss = network_loss(parameters, input, target)
    loss.backward()
    for p, v in zip(parameters, velocities):
        v.mul_(momentum).add_(p.grad)
        p -= lr * v
    return loss.item()
