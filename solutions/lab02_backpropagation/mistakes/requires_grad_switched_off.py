# fails: sgd_step sgd_fresh sgd_momentum
"""Step: parameters no longer require a gradient

After one step your parameters no longer require a gradient, and the second step stops with an error.

You switched recording off at the tensor itself, and it stays off. What is wanted is a stretch of code during which
nothing is recorded, after which everything is as before.
"""
# %% answer="sgd"
def training_step(parameters, velocities, input, target, lr, momentum=0.0):
    for p in parameters:
        p.grad = None
    loss = network_loss(parameters, input, target)
    loss.backward()
    for p, v in zip(parameters, velocities):
        v.mul_(momentum).add_(p.grad)
        p.requires_grad_(False)
        p -= lr * v
    return loss.item()
