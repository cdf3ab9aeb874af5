# fails: chain_upstream reuse_diamond graphs_random graphs_slopes power_gradient
"""The walk goes on from each parent at once

You go on from each parent at once, without an order. A node that is reached twice passes on what it has twice,
and the first part is counted again: with b = 3a at a = 2, the gradient of a in b * b + b is larger than 39.

A node may pass its gradient on once, when all of it has arrived. That is what the topological order is for: look at
whether your walk uses it.
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
    for node in topological_order(root):
        if node.parents:
            node.grad = 0.0
    root.grad += 1.0

    def walk(node):
        if node.rule is not None:
            for parent, gradient in zip(node.parents, node.rule(node.grad)):
                parent.grad += gradient
                walk(parent)

    walk(root)
