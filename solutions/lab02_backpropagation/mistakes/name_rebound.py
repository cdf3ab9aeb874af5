# fails: sgd_step sgd_fresh sgd_momentum
"""Step: `p = p - ...` moves no parameter

After your training step the parameters are exactly where they were, without any error.

Inside a loop, p = p - ... gives the name p to a new tensor and leaves the parameter alone; the new tensor is
forgotten in the next round. Use an operation that changes the tensor itself.
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
            p = p - lr * v
    return loss.item()
