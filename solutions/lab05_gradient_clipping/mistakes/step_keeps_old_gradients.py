# fails: step_update step_fresh step_network
"""Step: old gradients are added to the new ones

Gradients left over from an earlier step are added to the new ones.

backward() adds to .grad; it does not replace it. Without clearing, the second step uses the sum of two gradients, the
third of three. Which line of the diagram is missing?
"""
# %% answer="step"
def clipped_step(loss, parameters, optimizer, max_norm):
    loss.backward()
    norm = nn.utils.clip_grad_norm_(parameters, max_norm)
    optimizer.step()
    return norm
