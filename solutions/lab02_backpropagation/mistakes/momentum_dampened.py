# fails: sgd_momentum
"""Step: gradient multiplied by 1 - momentum

With momentum 0 your steps are right; with momentum 0.9 the first step is ten times too short.

You average: (1 - momentum) times the gradient. Adam does so, and `torch.optim.SGD` calls it dampening, which is 0
unless asked for. Compare your line with the formula of the exercise, factor by factor.
"""
# %% answer="sgd"
def training_step(parameters, velocities, input, target, lr, momentum=0.0):
    for p in parameters:
        p.grad = None
    loss = network_loss(parameters, input, target)
    loss.backward()
    with torch.no_grad():
        for p, v in zip(parameters, velocities):
            v.mul_(momentum).add_((1 - momentum) * p.grad)
            p -= lr * v
    return loss.item()
