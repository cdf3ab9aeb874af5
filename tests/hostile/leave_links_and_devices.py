# threat: 24
# verdict: passed
# reaches: told
{RIGHT}
import os
makers = (
    lambda: os.symlink("/etc/passwd", "figure.png"), lambda: os.mkfifo("fifo"),
    lambda: os.link("note", "note2"), lambda: os.mknod("null", 0o20666, os.makedev(1, 3)),
)
open("note", "w").close()
for make in makers:
    try:
        make()
        print("{REACHED}")
    except OSError as error:
        print(error)
