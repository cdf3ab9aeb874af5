# threat: 16
# verdict: passed | output_limit | wall_limit
# reaches: told
# control: the scratch folder is watched at every level
{RIGHT}
import os, time
try:
    for number in range(5000):
        if number % 2500 == 0:
            os.mkdir(f"folder{number // 2500}")
        os.close(os.open(f"folder{number // 2500}/{number}", os.O_CREAT | os.O_WRONLY))
    time.sleep(1.4)
    print("{REACHED}")
except OSError as error:
    print(error)
