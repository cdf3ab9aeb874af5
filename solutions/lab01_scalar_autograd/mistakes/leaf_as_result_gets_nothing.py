# fails: backward_leaves
"""`backward` on a leaf adds nothing

backward() on a Value that was not computed from others leaves its gradient at 0. It should add 1.

Such a Value is a leaf and the result at once, and a result moves exactly as much as itself. Look at the condition under
which your walk puts the 1.
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
    if root.parents:
        root.grad = 1.0
    for node in reversed(order):
        if node.rule is not None:
            for parent, gradient in zip(node.parents, node.rule(node.grad)):
                parent.grad += gradient
