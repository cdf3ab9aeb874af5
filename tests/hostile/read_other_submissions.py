# threat: 4
# verdict: passed
# reaches: told
{RIGHT}
import glob, os
mine = os.getcwd()
open("note", "w").write("x")
for other in glob.glob(os.path.dirname(mine) + "/*"):
    try:
        os.listdir(other)
        open(os.path.join(os.path.dirname(mine), "left-behind"), "w").close()
        os.remove(os.path.join(os.path.dirname(mine), "left-behind"))
        print("{REACHED}")
    except OSError as error:
        print(error)
