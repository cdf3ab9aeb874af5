# fails: order_list
"""Topological order lacks the leaves

Your list has no leaves: for a * b it holds one node, and it should hold three.

Leaves have no rule, so the gradients come out right without them. But the lab asks for all nodes, and whoever wants
to draw the graph or clear all gradients needs the leaves too. Look at what your walk does with a node that has no
parents.
"""

# %% answer="backward"
def topological_order(root):
    order, visited = [], set()

    def visit(node):
        if node.parents and node not in visited:
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
