# fails: backward_leaves backward_again backward_shared power_division
"""Inner nodes keep gradients of earlier calls

A second backward() gives too much: for (a * a) * (a * a) at a = 2, one pass leaves 32 on a, two leave 96, and
they should leave 64.

The gradient that an inner node got in the first pass is still there in the second, and flows down again with the new
one. Leaves should add up, inner nodes should not. This is the convention that the lab states under "What backward()
leaves behind".
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
    root.grad = 1.0
    for node in reversed(order):
        if node.rule is not None:
            for parent, gradient in zip(node.parents, node.rule(node.grad)):
                parent.grad += gradient
