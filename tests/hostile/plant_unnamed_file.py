# threat: 5
# verdict: passed
# reaches: told
{RIGHT}
import os
try:
    os.write(os.open("{FOLDER}", os.O_TMPFILE | os.O_RDWR, 0o600), b"x")
    print("{REACHED}")
except OSError as error:
    print(error)
