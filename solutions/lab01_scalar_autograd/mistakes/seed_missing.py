# fails: gradient_add gradient_mul gradient_relu gradient_kink chain_upstream reuse_leaf reuse_diamond backward_leaves backward_again backward_shared graphs_random graphs_slopes operators_reflected operators_negative operators_minus operators_rsub network_gradients network_learns power_gradient power_division
"""The walk starts from gradient 0

All of your gradients are 0, that of the result itself too: it should be 1.

Every gradient is a multiple of the one that starts the walk. How much does the result move if the result rises by a
little? Look at what your walk starts from.
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
    for node in reversed(order):
        if node.rule is not None:
            for parent, gradient in zip(node.parents, node.rule(node.grad)):
                parent.grad += gradient
