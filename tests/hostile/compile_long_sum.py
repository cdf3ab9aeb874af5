# threat: 38
# verdict: passed | student_error | crashed | memory_limit | wall_limit | cpu_limit
# reaches: points
{RIGHT}
try:
    exec("+".join(["1"] * 400_000))
except (MemoryError, SyntaxError, RecursionError) as error:
    print(type(error))
