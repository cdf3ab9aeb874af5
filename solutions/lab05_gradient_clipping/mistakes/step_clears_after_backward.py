# fails: step_update step_returns step_fresh step_network
"""Step: gradients cleared after `backward`

The weights do not move at all, and the norm that you return is 0.

The gradients are cleared right after they were computed. Old gradients have to go before backward, not after it.
"""
# %% answer="step"
def clipped_step(loss, parameters, optimizer, max_norm):
    loss.backward()
    optimizer.zero_grad()
    norm = nn.utils.clip_grad_norm_(parameters, max_norm)
    optimizer.step()
    return norm
