# fails: backward_leaves backward_again backward_shared power_division
"""The result keeps its gradient of earlier calls

A second backward() on the same result starts from 2 instead of 1: the result keeps its gradient and gets another 1 on
top.

The result is a computed node like others, and starts again in each walk: its gradient is 1 after every call. Look at
which nodes you set to 0.
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
        if node.parents and node is not root:
            node.grad = 0.0
    root.grad += 1.0
    for node in reversed(order):
        if node.rule is not None:
            for parent, gradient in zip(node.parents, node.rule(node.grad)):
                parent.grad += gradient
