# fails: step_update step_returns step_network
"""Step: clipping before `backward`

The weights move by the gradient as it is, not clipped, and the norm that you return is 0.

Clipping runs before there are gradients: it finds none, says so by a norm of 0, and raises no error. Ask of each line
what must have happened before it.
"""
# %% answer="step"
def clipped_step(loss, parameters, optimizer, max_norm):
    optimizer.zero_grad()
    norm = nn.utils.clip_grad_norm_(parameters, max_norm)
    loss.backward()
    optimizer.step()
    return norm
