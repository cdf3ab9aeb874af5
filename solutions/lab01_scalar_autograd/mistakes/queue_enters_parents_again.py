# fails: chain_upstream reuse_diamond graphs_random graphs_slopes power_gradient
"""The queue enters reused nodes again

Your walk keeps a queue and enters a node once for each result that uses it, so its rule runs again with gradients that
were passed on before: with b = 3a at a = 2, the gradient of a in b * b + b is larger than 39.

A queue of nodes to do is a good start. But each rule must run once, when all of its gradient has arrived. The list of
topological_order knows when that is.
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
    for node in topological_order(root):
        if node.parents:
            node.grad = 0.0
    root.grad += 1.0
    queue = [root]
    for node in queue:
        if node.rule is not None:
            for parent, gradient in zip(node.parents, node.rule(node.grad)):
                parent.grad += gradient
                queue.append(parent)
