# threat: 5
# verdict: passed
# reaches: write plant
{RIGHT}
import os
open("mine", "w").write("20 points")
for place in ("mine", "{FOLDER}/mine"):
    try:
        open(place, "w").write("20 points")
        os.rename(place, "{DECOY}")
    except OSError as error:
        print(error)
