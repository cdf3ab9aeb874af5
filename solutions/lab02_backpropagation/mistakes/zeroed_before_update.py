# fails: sgd_step sgd_fresh sgd_momentum
"""Step: gradients cleared before the update

After your training step the parameters are exactly where they were.

You clear the gradients between `backward` and the update, so the update subtracts 0. The order is: clear, forward,
backward, update.
"""
# %% answer="sgd"
def training_step(parameters, velocities, input, target, lr, momentum=0.0):
    loss = network_loss(parameters, input, target)
    loss.backward()
    for p in parameters:
        p.grad.zero_()
    with torch.no_grad():
        for p, v in zip(parameters, velocities):
            v.mul_(momentum).add_(p.grad)
            p -= lr * v
    return loss.item()
