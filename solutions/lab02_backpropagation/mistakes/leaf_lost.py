# fails: sgd_step sgd_fresh sgd_momentum
"""Step: given parameters replaced by new tensors

The tensors that were handed to you have not moved; your list holds other tensors now, and `backward` will not
fill their `.grad`.

w = w - lr * g makes a new tensor, the result of an operation and so no leaf (habit 3). Whoever holds the old tensor
sees no change. Change the given tensor in place, unrecorded.
"""
# %% answer="sgd"
def training_step(parameters, velocities, input, target, lr, momentum=0.0):
    for p in parameters:
        p.grad = None
    loss = network_loss(parameters, input, target)
    loss.backward()
    for i in range(len(parameters)):
        velocities[i] = momentum * velocities[i] + parameters[i].grad
        parameters[i] = parameters[i] - lr * velocities[i]
    return loss.item()
