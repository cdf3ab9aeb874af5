# threat: 4
# verdict: passed
# reaches: read
{RIGHT}
try:
    print(np.memmap("{DECOY}", mode="r").tobytes())
except OSError as error:
    print(error)
