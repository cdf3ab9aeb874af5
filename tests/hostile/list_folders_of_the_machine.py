# threat: 4
# verdict: passed
# reaches: told
{RIGHT}
import os
for folder in ("/usr/bin", "/usr/share/doc", "/usr/local/bin", "/usr/local/etc", "/usr/include", "/etc/init.d", "/var/lib", "/srv", "/opt", "/boot"):
    try:
        if os.listdir(folder):
            print("{REACHED}", folder)
    except OSError as error:
        print(error)
