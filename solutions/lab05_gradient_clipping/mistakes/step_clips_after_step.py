# fails: step_update step_network
"""Step: clipping after the optimizer's step

The weights move by the gradient as it is: clipping comes after the optimizer's step.

The norm that you return is right, and the gradients are clipped in the end, but nobody uses them any more. The place
of clipping is between backward and step.
"""
# %% answer="step"
def clipped_step(loss, parameters, optimizer, max_norm):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    norm = nn.utils.clip_grad_norm_(parameters, max_norm)
    return norm
