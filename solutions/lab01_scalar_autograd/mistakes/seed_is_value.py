# fails: gradient_add gradient_mul gradient_relu chain_upstream backward_leaves graphs_random graphs_slopes network_gradients network_learns power_gradient power_division
"""The walk starts from the result's value

Your gradients are all too large by the same factor, the value of the result: for a + b at a = 2, b = 3 they are
5, and they should be 1.

The walk starts from the derivative of the result with respect to itself. It does not depend on the result's value.
Look at what you put on the result before the first rule runs.
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
    root.grad = root.data
    for node in reversed(order):
        if node.rule is not None:
            for parent, gradient in zip(node.parents, node.rule(node.grad)):
                parent.grad += gradient
