# threat: 4
# verdict: passed
# reaches: read told write
{RIGHT}
import os
for place in ("innocent", "{FOLDER}/innocent"):
    try:
        os.link("{DECOY}", place)
        print("{REACHED}", open(place).read())
    except OSError as error:
        print(error)
