# fails: backward_leaves backward_again backward_shared power_division
"""`backward` clears the leaves, too

Your backward() sets the leaves back to 0 before it starts: after (a * b).backward() and (a * 3.0).backward(), a
has only the second gradient.

This lab, like PyTorch, lets leaves add up, so that several losses can send their gradients into the same parameters;
it is the training loop that clears them. Look at which nodes you reset: inner nodes should start again, leaves should
not.
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
        node.grad = 0.0
    root.grad += 1.0
    for node in reversed(order):
        if node.rule is not None:
            for parent, gradient in zip(node.parents, node.rule(node.grad)):
                parent.grad += gradient
