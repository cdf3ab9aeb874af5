# fails: order_list
"""Topological order is a generator, not a list

topological_order gives its nodes one by one with `yield`, and not a list: it has no length, and after one loop over it,
it is empty.

The lab asks for a list, which its users may go through twice and from the end. `list(...)` makes one.
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
    yield from order


def backpropagate(root):
    order = list(topological_order(root))
    for node in order:
        if node.parents:
            node.grad = 0.0
    root.grad += 1.0
    for node in reversed(order):
        if node.rule is not None:
            for parent, gradient in zip(node.parents, node.rule(node.grad)):
                parent.grad += gradient
