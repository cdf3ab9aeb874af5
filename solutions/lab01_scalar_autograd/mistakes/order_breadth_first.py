# fails: order_list reuse_diamond graphs_random graphs_slopes
"""Topological order goes level by level

Your list goes breadth first, level by level from the result. For d = b + b * b it has b's turn before that of
b * b, so b passes on its gradient when only a part has arrived: with b = 3a at a = 2 the gradient of a is 3, and it
should be 39. For b * b + b you are right by luck.

The distance from the result does not decide; the *longest* way does. A node's turn comes when all results that use it
have had theirs. Draw d = b + b * b and number the nodes in the order of your list.
"""

# %% answer="backward"
def topological_order(root):
    queue, visited = [root], {root}
    for node in queue:
        for parent in node.parents:
            if parent not in visited:
                visited.add(parent)
                queue.append(parent)
    return queue[::-1]


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
