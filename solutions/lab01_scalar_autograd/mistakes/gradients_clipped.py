# fails: gradient_mul chain_upstream graphs_random power_gradient power_division
"""Gradients are cut at 1000 in the walk

Your walk cuts gradients at 1000: for a * b at b = 5000 the gradient of a is 1000, and it should be 5000.

Cutting large gradients is a choice that a training loop may make, with the finished gradients. Inside the walk it makes
derivatives wrong. Look at what happens to a gradient between the rule and the parent.
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
                parent.grad += max(-1e3, min(1e3, gradient))
