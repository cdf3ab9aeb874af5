# fails: sgd_step sgd_fresh sgd_momentum
"""Step: learning rate stored in the velocity

While the learning rate stays the same your steps are right; when it changes between two steps, they are not.

You store lr times gradient in the velocity, so old gradients keep the old learning rate. That is how momentum is
written in much of the literature; `torch.optim.SGD` stores plain gradients and applies the rate of today to the
whole velocity.
"""
# %% answer="sgd"
def training_step(parameters, velocities, input, target, lr, momentum=0.0):
    for p in parameters:
        p.grad = None
    loss = network_loss(parameters, input, target)
    loss.backward()
    with torch.no_grad():
        for p, v in zip(parameters, velocities):
            v.mul_(momentum).add_(lr * p.grad)
            p -= v
    return loss.item()
