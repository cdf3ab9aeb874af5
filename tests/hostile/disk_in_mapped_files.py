# threat: 16
# verdict: passed | output_limit | student_error
# reaches: told
# control: the scratch folder is watched at every level
{RIGHT}
import os, time
kept = []
try:
    for number in range(12):
        with open("file", "wb") as file:
            file.write(bytes(4 << 20))
        kept.append(torch.from_file("file", shared=True, size=1, dtype=torch.uint8))
        os.unlink("file")
        time.sleep(0.05)
    print("{REACHED}")
except OSError as error:
    print(error)
