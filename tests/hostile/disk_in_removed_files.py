# threat: 16
# verdict: passed | crashed | student_error | output_limit
# reaches: told
# control: the scratch folder is watched at every level
{RIGHT}
import os, time
kept = []
try:
    for number in range(12):
        kept.append(open("file", "w+b"))
        os.unlink("file")
        kept[-1].write(bytes(4 << 20))
        kept[-1].flush()
        time.sleep(0.05)
    print("{REACHED}")
except OSError as error:
    print(error)
