# fails: chain_upstream reuse_leaf reuse_diamond backward_leaves backward_again backward_shared graphs_random graphs_slopes operators_reflected network_learns power_gradient power_division
"""A number used twice keeps one of its gradients

A number that is used twice keeps only one of its gradients: a + a gives 1, and it should be 2; a * a at a = 3
gives 3, and it should be 6.

What arrives over different ways adds up, since raising a moves the result through each of them. Look at the line that
hands a gradient to a parent, and ask what becomes of the one that was there before.
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
    for node in reversed(order):
        if node.rule is not None:
            for parent, gradient in zip(node.parents, node.rule(node.grad)):
                parent.grad = gradient
