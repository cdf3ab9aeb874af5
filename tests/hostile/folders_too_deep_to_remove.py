# threat: 16
# verdict: passed | crashed | student_error
# reaches: points
{RIGHT}
import os
try:
    for _ in range(1500):
        os.mkdir("d")
        os.chdir("d")
except OSError as error:
    print(error)
