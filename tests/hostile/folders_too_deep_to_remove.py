# threat: 16
# verdict: passed | output_limit | student_error
# reaches: points
{RIGHT}
import os
try:
    for _ in range(1500):
        os.mkdir("d")
        os.chdir("d")
except OSError as error:
    print(error)
