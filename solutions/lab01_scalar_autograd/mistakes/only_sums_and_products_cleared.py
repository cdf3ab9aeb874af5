# fails: backward_again backward_shared power_division
"""Nodes with one parent keep earlier gradients

A second backward() through relu gives too much: for r = relu(a), out = r * 5 two calls should leave 10 on a, and yours
leave 15.

Inner nodes start again from 0 in each walk, whatever operation made them. Look at how your walk recognises an inner
node, and whether the result of relu, which has one parent, is one of them.
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
        if len(node.parents) == 2:
            node.grad = 0.0
    root.grad += 1.0
    for node in reversed(order):
        if node.rule is not None:
            for parent, gradient in zip(node.parents, node.rule(node.grad)):
                parent.grad += gradient
