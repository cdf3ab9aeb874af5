# fails: order_list chain_upstream reuse_diamond graphs_random graphs_slopes power_gradient
"""Topological order repeats nodes, rules run again

A node that is used twice stands in your list twice, and its rule runs twice: with b = 3a at a = 2, the gradient
of a in b * b + b is too large. Expressions in which nothing is reused are right.

Each rule must run exactly once, after everything has arrived at its node. Look at what happens when your walk comes
to a node for the second time.
"""

# %% answer="backward"
def topological_order(root):
    order = []

    def visit(node):
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
                parent.grad += gradient
