# threat: 5
# verdict: passed
# reaches: write
{RIGHT}
try:
    open("{DECOY}", "a").write("20 points")
except OSError as error:
    print(error)
