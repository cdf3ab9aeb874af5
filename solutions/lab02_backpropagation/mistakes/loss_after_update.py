# fails: sgd_step
"""Step: returned loss is from after the update

The loss that you return is the one after the update; asked for is the one from which the gradient was computed.

A training step reports the loss of its own forward pass. Running the network once more after the update costs time
and shifts the curve by one step.
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
        return network_loss(parameters, input, target).item()
