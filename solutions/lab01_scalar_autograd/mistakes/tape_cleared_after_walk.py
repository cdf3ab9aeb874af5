# fails: backward_leaves backward_again backward_shared power_division
"""`backward` erases the record of the computation

Your backward() works once. It erases the record of the computation, so that a second call, or one on another result
made before it, passes nothing on.

A result stays what it was computed from. The lab asks for several calls that add up, on the same result and on others
that share nodes with it. Look at what your walk takes away.
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
                parent.grad += gradient
    for node in order:
        node.rule = None
