# fails: order_list reuse_diamond graphs_random graphs_slopes
"""Topological order appends nodes before parents

You put a node into the list before its parents are in it, and turn the list around at the end. For b + b * b this
lets b pass on its gradient before the one from b * b has arrived: with b = 3a at a = 2 the gradient of a is 3, and
it should be 39.

"Node first, then its parents, reversed" and "parents first, then the node" are not the same list when a node is
reached over two ways. Only the second can promise that all parents of a node stand before it. Look at the moment at
which you append.
"""

# %% answer="backward"
def topological_order(root):
    order, visited = [], set()

    def visit(node):
        if node not in visited:
            visited.add(node)
            order.append(node)
            for parent in node.parents:
                visit(parent)

    visit(root)
    return order[::-1]


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
