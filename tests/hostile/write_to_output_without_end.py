# threat: 17
# verdict: output_limit
# reaches: points
import os
while True:
    os.write(1, b"passed " * 9000)
