# fails: chain_upstream network_learns
"""The walk ends after fifty nodes

Long computations lose their beginning: after a chain of 100 operations the first Values have gradient 0.

A walk goes as far as there are parents, however many they are. Look for a limit.
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
    for node in order[: -51 : -1]:
        if node.rule is not None:
            for parent, gradient in zip(node.parents, node.rule(node.grad)):
                parent.grad += gradient
