# threat: 18
# verdict: wall_limit | cpu_limit
# reaches: points
while True:
    pass
