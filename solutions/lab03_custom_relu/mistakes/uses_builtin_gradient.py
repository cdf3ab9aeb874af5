# fails: zero_edge zero_edge_after_relu gradcheck gradcheck_upstream parity_gradient inplace_edit_after_forward network network_skip from_scratch
"""`backward` calls PyTorch's own ReLU

Your backward has PyTorch's own ReLU compute the gradient.

Running F.relu once more and differentiating it gives the right numbers, but the gradient rule is what this lab is
about. It takes a comparison and a product; hint 3 leads there.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        with torch.enable_grad():
            x = input.detach().requires_grad_()
            y = F.relu(x)
        return torch.autograd.grad(y, x, grad_output)[0]


def custom_relu(input):
    return ReLUFunction.apply(input)
