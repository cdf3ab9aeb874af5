# fails: order_list
"""Topological order begins with the result

Your list has the result first and the leaves last. It should be the other way round: each node after its parents.

For the walk back one needs the opposite order, and your backward() takes the list as it is. But whoever computes along
the list, as its name promises, needs parents first. Look at where the list is turned around.
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
    return order[::-1]


def backpropagate(root):
    order = topological_order(root)
    for node in order:
        if node.parents:
            node.grad = 0.0
    root.grad += 1.0
    for node in order:
        if node.rule is not None:
            for parent, gradient in zip(node.parents, node.rule(node.grad)):
                parent.grad += gradient
