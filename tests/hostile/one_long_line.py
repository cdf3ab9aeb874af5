# threat: 17
# verdict: output_limit | memory_limit | missing
# reaches: points
print("x" * 50_000_000)
