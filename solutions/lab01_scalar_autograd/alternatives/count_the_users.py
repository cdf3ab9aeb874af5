"""Kahn's algorithm: a node's turn comes when all results that use it have had theirs."""

# %% answer="backward"
def topological_order(root):
    users = {root: 0}
    reached = [root]
    for node in reached:
        for parent in node.parents:
            if parent not in users:
                users[parent] = 0
                reached.append(parent)
            users[parent] += 1
    ready, turns = [root], []
    while ready:
        node = ready.pop(0)
        turns.append(node)
        for parent in node.parents:
            users[parent] -= 1
            if users[parent] == 0:
                ready.append(parent)
    turns.reverse()
    return turns


def backpropagate(root):
    turns = topological_order(root)[::-1]
    inner = [node for node in turns if node.rule]
    for node in inner:
        node.grad = 0.0
    root.grad += 1.0
    for node in inner:
        for i, gradient in enumerate(node.rule(node.grad)):
            node.parents[i].grad += gradient
