# threat: 4
# verdict: passed
# reaches: read
{RIGHT}
import os
for top in ("{FOLDER}", "/home", "/root", "/tmp", "/var/tmp", "/scratch", "/dev/shm", "/run", "/mnt", "/opt"):
    for folder, _, names in os.walk(top):
        if folder.count("/") > 5 or "/.pyenv" in folder or "/tree" in folder:
            break
        for name in names[:20]:
            try:
                print(open(os.path.join(folder, name), errors="replace").read(60)[:60] if name == "decoy" else "")
            except OSError:
                pass
