# fails: order_list
"""Topological order lacks the result itself

Your list lacks the result itself: for a * b it holds a and b, and it should hold the product as well.

Your backward() treats the result on its own, so the gradients are right. The lab asks for all nodes that root depends
on, *and root*.
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
    return order[:-1]


def backpropagate(root):
    order = [*topological_order(root), root]
    for node in order:
        if node.parents:
            node.grad = 0.0
    root.grad += 1.0
    for node in reversed(order):
        if node.rule is not None:
            for parent, gradient in zip(node.parents, node.rule(node.grad)):
                parent.grad += gradient
