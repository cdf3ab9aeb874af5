# fails: chain_upstream reuse_leaf reuse_diamond graphs_random graphs_slopes operators_reflected operators_negative operators_minus operators_rsub network_gradients network_learns power_gradient power_division
"""Rules run from the leaves to the result

You run the rules from the leaves to the result. When a rule has its turn, nothing has arrived at its node yet: in
(a + b) * k the gradients of a and b are 0.

The list has each node after its parents, which is the order of the computation. Gradients go the other way: the
result is the first that knows its gradient. Look at the direction of your loop.
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
    for node in order:
        if node.rule is not None:
            for parent, gradient in zip(node.parents, node.rule(node.grad)):
                parent.grad += gradient
