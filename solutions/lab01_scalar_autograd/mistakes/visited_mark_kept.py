# fails: order_list backward_leaves backward_again backward_shared power_division
"""Visited marks outlive the walk

Your backward() works once. A second call, or a call on another expression that shares nodes with the first, finds
the nodes marked as visited and passes them by: after two calls the leaves have the gradients of one.

The marks belong to one walk. If they are kept on the nodes, they outlive it. Look at where you note that a node was
visited, and who takes the note away.
"""

# %% answer="backward"
def topological_order(root):
    order = []

    def visit(node):
        if not hasattr(node, "visited"):
            node.visited = True
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
