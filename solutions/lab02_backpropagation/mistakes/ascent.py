# fails: sgd_step sgd_fresh sgd_momentum
"""Step: the update goes uphill

Your loss grows from step to step.

The gradient points to where the loss rises fastest. Descent goes the other way: look at the sign in the update.
"""
# %% answer="sgd"
def training_step(parameters, velocities, input, target, lr, momentum=0.0):
    for p in parameters:
        p.grad = None
    loss = network_loss(parameters, input, target)
    loss.backward()
    with torch.no_grad():
        for p, v in zip(parameters, velocities):
            v.mul_(momentum).add_(p.grad)
            p += lr * v
    return loss.item()
