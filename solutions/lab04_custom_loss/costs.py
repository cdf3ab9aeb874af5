"""What answers are timed on, by answer cell; see autograder/commands/costs.py."""

import torch

Z = torch.linspace(-20, 20, 1 << 15)
T = (Z > 3).float()


def loss(name):
    """The mean loss of 32,768 float32 numbers, forward and backward."""

    def work(names):
        z = Z.clone().requires_grad_()
        names[name](z, T).backward()

    return work


WORK = {"bce": loss("bce_with_logits"), "huber": loss("huber_loss"), "focal": loss("focal_loss")}
