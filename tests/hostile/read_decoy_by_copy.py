# threat: 4
# verdict: passed
# reaches: read
{RIGHT}
import os, shutil
try:
    shutil.copytree("{FOLDER}", "mine")
    print(open("mine/decoy").read())
except (OSError, shutil.Error) as error:
    print(error)
