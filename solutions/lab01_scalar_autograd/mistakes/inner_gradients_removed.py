# fails: chain_upstream reuse_leaf reuse_diamond graphs_random power_gradient power_division
"""Inner nodes have gradient 0 after `backward`

After backward() your inner nodes have gradient 0: for p = a * b, out = p * 5 the gradient of p should be 5.

PyTorch forgets the gradients of inner nodes after they were passed on. This lab keeps them, so that one can look.
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
                parent.grad += gradient
    for node in order:
        if node.parents and node is not root:
            node.grad = 0.0
