# threat: 4
# verdict: passed
# reaches: read
{RIGHT}
try:
    print(bytes(torch.from_file("{DECOY}", size=31, dtype=torch.uint8).tolist()))
except RuntimeError as error:
    print(error)
