# threat: 9
# verdict: passed
# reaches: points
{RIGHT}
import os
os.dup2(0, 1)
print("hello")
