# fails: sgd_step sgd_fresh sgd_momentum
"""Step: new velocities are not kept

The first step is right; from the second on, momentum has no effect: the velocities are still 0.

The new velocity has to be there at the next call. v = ... inside a loop gives the name v to a new tensor and leaves
the one in the list as it was.
"""
# %% answer="sgd"
def training_step(parameters, velocities, input, target, lr, momentum=0.0):
    for p in parameters:
        p.grad = None
    loss = network_loss(parameters, input, target)
    loss.backward()
    with torch.no_grad():
        for p, v in zip(parameters, velocities):
            v = momentum * v + p.grad
            p -= lr * v
    return loss.item()
