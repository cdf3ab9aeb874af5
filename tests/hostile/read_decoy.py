# threat: 4
# verdict: passed
# reaches: read
{RIGHT}
try:
    print(open("{DECOY}").read())
except OSError as error:
    print(error)
