from typing import Any


class ReLUFunction(torch.autograd.Function):
    """Annotated, and computes the gradient only if somebody wants it."""

    @staticmethod
    def forward(ctx: Any, input: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(input)
        return torch.clip(input, 0, None)

    @staticmethod
    def backward(ctx: Any, grad_output: torch.Tensor) -> torch.Tensor | None:
        if not ctx.needs_input_grad[0]:
            return None
        input: torch.Tensor = ctx.saved_tensors[0]
        return torch.where(input > 0, grad_output, 0)


def custom_relu(input: torch.Tensor) -> torch.Tensor:
    return ReLUFunction.apply(input)
