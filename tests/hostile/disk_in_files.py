# threat: 16
# verdict: passed | crashed | student_error | output_limit
# reaches: told
# control: the scratch folder is watched at every level
{RIGHT}
import time
try:
    for number in range(12):
        with open(f"file{number}", "wb") as file:
            file.write(bytes(4 << 20))
        time.sleep(0.05)
    print("{REACHED}")
except OSError as error:
    print(error)
