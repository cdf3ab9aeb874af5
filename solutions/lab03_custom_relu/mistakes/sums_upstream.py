# fails: zero_edge zero_edge_after_relu gradcheck gradcheck_upstream parity_gradient network network_skip
"""Every element gets the sum of upstream gradients

Every element receives the sum of all upstream gradients: for x = (1, 2) and upstream (3, 4) your gradient is (7,
7), expected (3, 4).

ReLU works element by element: y[0] depends on x[0] and on nothing else, so only the first upstream number may
reach the first input. A sum over elements belongs where one input feeds many outputs, as a bias does.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return (input > 0) * grad_output.sum()


def custom_relu(input):
    return ReLUFunction.apply(input)
