# fails: backward_leaves
"""`backward` on a leaf ends in an error

backward() on a Value that was not computed from others ends in an error. It should add 1 to its gradient.

Such a Value is a leaf and the result at once, and a result moves exactly as much as itself. There is nothing to walk,
but nothing is wrong either: the general rule covers this case if no special one stands in its way.
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
    if not root.parents:
        raise ValueError("this Value was not computed from others")
    order = topological_order(root)
    for node in order:
        if node.parents:
            node.grad = 0.0
    root.grad += 1.0
    for node in reversed(order):
        if node.rule is not None:
            for parent, gradient in zip(node.parents, node.rule(node.grad)):
                parent.grad += gradient
