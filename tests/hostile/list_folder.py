# threat: 4
# verdict: passed
# reaches: told
{RIGHT}
import os
try:
    if "decoy" in os.listdir("{FOLDER}"):
        print("{REACHED}")
except OSError as error:
    print(error)
