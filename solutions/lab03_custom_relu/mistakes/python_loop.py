# fails: forward_values forward_fresh_values zero_edge gradcheck gradcheck_upstream parity_values parity_gradient parity_noncontiguous inplace_edit_after_forward
"""The output is rebuilt from a Python list

Your output is always float32: the numbers go through a Python list, and a new tensor made of Python numbers is
float32, whatever the input was. (A float64 input loses half of its digits, and gradcheck fails.)

A list carries the values but neither dtype nor device, and visiting a million numbers one by one takes a thousand
times as long. Use an operation on whole tensors; it keeps all of that.
"""
class ReLUFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        values = [max(0.0, value) for value in input.flatten().tolist()]
        return torch.tensor(values).reshape(input.shape)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * (input > 0)


def custom_relu(input):
    return ReLUFunction.apply(input)
