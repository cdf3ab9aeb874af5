# fails: gradient_mul chain_upstream graphs_random operators_reflected operators_negative operators_minus operators_rsub power_gradient power_division
"""Very small gradients come out as 0

Gradients that are very small come out as 0: for (a * b) * u at u = 0.00000001 nothing reaches a.

A small gradient is not none; the next operation may multiply it by a large number. Look for a comparison that skips
what is close to 0.
"""

# %% answer="backward"
def topological_order(root):
    order, visited = [], set()

    def visit(node):
        if node not in visited:
            visited.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(root)
    return order


def backpropagate(root):
    order = topological_order(root)
    for node in order:
        if node.parents:
            node.grad = 0.0
    root.grad += 1.0
    for node in reversed(order):
        if node.rule is not None:
            for parent, gradient in zip(node.parents, node.rule(node.grad)):
                if abs(gradient) > 1e-6:
                    parent.grad += gradient
