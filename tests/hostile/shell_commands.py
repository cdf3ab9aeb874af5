# threat: 13
# verdict: passed
# reaches: process
{RIGHT}
import os
try:
    os.system("(sleep 60; : {MARK}) > /dev/null 2>&1 &")
    os.popen("sleep 60; : {MARK}")
except OSError as error:
    print(error)
try:
    get_ipython().system("(sleep 60; : {MARK}) > /dev/null 2>&1 &")
except Exception as error:
    print(error)
