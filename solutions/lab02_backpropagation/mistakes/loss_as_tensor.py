# fails: sgd_step
"""Step: loss returned as a tensor

You return the loss as a tensor; a Python float is asked for.

A list of such losses keeps every step's graph in memory. A tensor with a single entry has a method that turns it
into a plain number.
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
            p -= lr * v
    return loss
