# fails: sgd_fresh sgd_momentum
"""Step: old gradients are added to the new ones

The first step is right, the second is too long: its gradient contains the first one as well.

`backward` adds to `.grad` and never clears it. See habit 1: whoever wants the gradient of this step alone has to
get rid of the old one first.
"""
# %% answer="sgd"
def training_step(parameters, velocities, input, target, lr, momentum=0.0):
    loss = network_loss(parameters, input, target)
    loss.backward()
    with torch.no_grad():
        for p, v in zip(parameters, velocities):
            v.mul_(momentum).add_(p.grad)
            p -= lr * v
    return loss.item()
