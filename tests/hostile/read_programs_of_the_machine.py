# threat: 4
# verdict: passed
# reaches: told
{RIGHT}
for program in ("/usr/bin/env", "/bin/sh", "/usr/bin/python3", "/sbin/ldconfig"):
    try:
        if open(program, "rb").read(4):
            print("{REACHED}", program)
    except OSError as error:
        print(error)
