# threat: 4
# verdict: passed
# reaches: told
{RIGHT}
import os, pwd
for path in ("/etc/passwd", "/etc/group", "/etc/hostname", "/etc/hosts", "/etc/fstab", "/etc/machine-id"):
    try:
        if os.read(os.open(path, os.O_RDONLY), 4):
            print("{REACHED}", path)
    except OSError as error:
        print(error)
if pwd.getpwall():
    print("{REACHED}", "users")
