# threat: 17
# verdict: output_limit | wall_limit
# reaches: points
while True:
    print("passed " * 1000)
