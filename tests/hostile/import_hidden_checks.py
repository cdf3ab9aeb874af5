# threat: 46
# verdict: passed
# reaches: told
# control: the grader's folder is taken off the path at every level
{RIGHT}
try:
    import autograder.checks.lab03_custom_relu as checks
    print("{REACHED}")
except (ImportError, OSError) as error:
    print(error)
