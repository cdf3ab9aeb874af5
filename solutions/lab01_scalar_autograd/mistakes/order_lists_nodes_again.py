# fails: order_list
"""Topological order repeats nodes, gradients right

topological_order lists a node once for each of its uses: for b * b + b with b = a * c it has 11 entries, and it should
have 5. The gradients are right, because your walk skips what it has seen.

The list promises each node once, and whoever else uses it relies on that. Look at when the helper finds that it has
been here already.
"""

# %% answer="backward"
def topological_order(root):
    return [node for parent in root.parents for node in topological_order(parent)] + [root]


def backpropagate(root):
    order = list(dict.fromkeys(topological_order(root)))
    for node in order:
        if node.parents:
            node.grad = 0.0
    root.grad += 1.0
    for node in reversed(order):
        if node.rule is not None:
            for parent, gradient in zip(node.parents, node.rule(node.grad)):
                parent.grad += gradient
