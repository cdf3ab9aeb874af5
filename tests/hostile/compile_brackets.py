# threat: 38
# verdict: passed | student_error | crashed | memory_limit
# reaches: points
{RIGHT}
try:
    exec("(" * 50_000 + ")" * 50_000)
except (MemoryError, SyntaxError, RecursionError) as error:
    print(type(error))
