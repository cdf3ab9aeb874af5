# threat: 46
# verdict: passed
# reaches: told
{RIGHT}
import autograder, os
here = os.path.dirname(autograder.__file__)
for name in ("checks/lab03_custom_relu.py", "judge/bench.py", "../solutions/lab03_custom_relu/lab03_custom_relu.py"):
    try:
        open(os.path.join(here, name)).read()
        print("{REACHED}")
    except OSError as error:
        print(error)
