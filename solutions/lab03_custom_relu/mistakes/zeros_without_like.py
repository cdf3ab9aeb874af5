# fails: forward_values forward_fresh_values zero_edge gradcheck_upstream parity_values parity_gradient
"""`float16` inputs give a `float32` output

For float16 and bfloat16 your output has another dtype: float32.

torch.zeros(shape) makes float32 numbers on the CPU, whatever the input is, and an operation on two dtypes returns
the wider one. On a GPU it would raise an error, because the zeros are on another device. Ask for zeros *like* the
input, or use an operation that needs none.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return torch.where(input > 0, input, torch.zeros(input.shape))

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * (input > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
