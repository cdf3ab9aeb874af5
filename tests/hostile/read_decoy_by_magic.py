# threat: 4
# verdict: passed | student_error
# reaches: read
{RIGHT}
%timeit -n1 -r1 print(open("{DECOY}").read()) if __import__("os").access("{DECOY}", 4) else None
get_ipython().run_line_magic("pycat", "{DECOY}")
try:
    print(get_ipython().find_user_code("{DECOY}", py_only=False))
except Exception as error:
    print(error)
