"""Topological order without recursion: a stack of nodes, each with a mark that says whether its parents are done."""

# %% answer="backward"
def topological_order(root):
    order, seen = [], set()
    stack = [(root, False)]
    while stack:
        node, parents_done = stack.pop()
        if parents_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for parent in node.parents)
    return order


def backpropagate(root):
    order = topological_order(root)
    for node in order:
        node.grad *= not node.parents
    root.grad += 1.0
    while order:
        node = order.pop()
        if node.parents:
            for parent, gradient in zip(node.parents, node.rule(node.grad)):
                parent.grad = parent.grad + gradient
