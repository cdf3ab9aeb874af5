# fails: order_list gradient_add gradient_mul gradient_relu chain_upstream reuse_leaf reuse_diamond backward_again backward_shared graphs_random graphs_slopes operators_reflected operators_negative operators_minus operators_rsub network_gradients network_learns power_gradient power_division
"""Topological order holds only the result

Your list holds the result over and over, and none of the nodes before it: for a + b it has three entries, all of
them the sum, and the gradient of a is 3, where it should be 1. Leaves farther away keep 0.

The helper is called for many nodes, and each time it has to append the one it was called for. Look at which name it
appends: the one from inside the helper, or the one from around it?
"""

# %% answer="backward"
def topological_order(root):
    order, visited = [], set()

    def visit(node):
        if node not in visited:
            visited.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(root)

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
                parent.grad += gradient
