# fails: forward_values forward_fresh_values zero_edge gradcheck gradcheck_upstream parity_values parity_gradient parity_noncontiguous inplace_edit_after_forward
"""The output is converted to float32

Your output is always float32: for a float64 input it loses half of the digits, and in a network of another dtype
the next layer refuses it.

An activation has no business with the dtype: it returns what it received. Look for a conversion, such as
.float(), in forward. In double precision it also makes gradcheck fail, which measures differences of a millionth.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.float().clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * (input > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
