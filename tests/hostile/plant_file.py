# threat: 5
# verdict: passed
# reaches: plant
{RIGHT}
import os
for make in (lambda: open("{PLANT}", "w").close(), lambda: os.mkdir("{PLANT}"), lambda: os.mkfifo("{PLANT}")):
    try:
        make()
    except OSError as error:
        print(error)
