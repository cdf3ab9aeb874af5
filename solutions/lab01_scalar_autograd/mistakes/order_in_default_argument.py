# fails: order_list backward_leaves backward_shared
"""Topological order remembers earlier calls

Your list remembers earlier calls: the second time topological_order is called, the nodes of the first expression are in
it as well, or those of the second are missing.

A default value such as `order=[]` is made once, when Python reads the `def`, and every call gets the same list. Make the
list inside the function.
"""

# %% answer="backward"
def topological_order(root, order=[], visited=set()):
    if root not in visited:
        visited.add(root)
        for parent in root.parents:
            topological_order(parent, order, visited)
        order.append(root)
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
