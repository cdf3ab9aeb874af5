# threat: 38
# verdict: passed | student_error | crashed | memory_limit
# reaches: points
{RIGHT}
try:
    eval("-" * 100_000 + "1")
except (MemoryError, SyntaxError, RecursionError) as error:
    print(type(error))
