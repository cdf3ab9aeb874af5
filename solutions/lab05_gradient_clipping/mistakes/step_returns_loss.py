# fails: step_returns
"""Step: returns the loss

clipped_step returns the loss; the norm of the gradients before clipping is asked for.

The caller has the loss already. The norm is known only inside of the step, and it is the first number to look at when
training becomes unstable.
"""
# %% answer="step"
def clipped_step(loss, parameters, optimizer, max_norm):
    optimizer.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(parameters, max_norm)
    optimizer.step()
    return loss.detach()
