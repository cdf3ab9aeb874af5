# threat: 16
# verdict: passed
# reaches: told
{RIGHT}
try:
    with open("file", "wb") as file:
        for _ in range(16):
            file.write(bytes(1 << 20))
    print("{REACHED}")
except OSError as error:
    print(error)
