# fails: order_list
"""Topological order fails for nodes with one parent

topological_order ends in an error for an expression with relu: it takes every inner node to have exactly two parents.

Operations have one operand, two, or more; `parents` is a tuple of any length. Look for the place where its elements are
taken out by number or by name.
"""

# %% answer="backward"
def topological_order(root):
    order = []

    def visit(node):
        if node not in order:
            if node.parents:
                left, right = node.parents
                visit(left)
                visit(right)
            order.append(node)

    visit(root)
    return order


def behind(node, found):
    if node not in found:
        for parent in node.parents:
            behind(parent, found)
        found[node] = None
    return found


def backpropagate(root):
    order = list(behind(root, {}))
    for node in order:
        if node.parents:
            node.grad = 0.0
    root.grad += 1.0
    for node in reversed(order):
        if node.rule is not None:
            for parent, gradient in zip(node.parents, node.rule(node.grad)):
                parent.grad += gradient
