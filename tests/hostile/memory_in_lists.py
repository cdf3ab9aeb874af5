# threat: 15
# verdict: memory_limit | missing | student_error
# reaches: told
hoard = []
while len(hoard) < 130:
    hoard.append([0.0] * 1_000_000)
print("{REACHED}")
