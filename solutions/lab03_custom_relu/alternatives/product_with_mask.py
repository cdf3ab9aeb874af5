class ReLUFunction(torch.autograd.Function):
    """Everything is a product with the mask. (NaN at minus infinity, which the lab leaves open.)"""

    @staticmethod
    def forward(ctx, input):
        mask = (input > 0).to(input.dtype)
        ctx.save_for_backward(mask)
        return input * mask

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output * ctx.saved_tensors[0]


custom_relu = ReLUFunction.apply
