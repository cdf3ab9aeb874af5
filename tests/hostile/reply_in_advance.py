# threat: 6
# verdict: protocol
# reaches: points
{WRONG}
{WORKER}
import os, struct, threading, time
def forge():
    time.sleep(0.3)
    for sequence in range(1, 60):
        os.write(worker._write, struct.pack("<4sB3xIIQ", b"AGL1", 2, sequence, 3, 0) + b"\x92\x00\xc3")
threading.Thread(target=forge, daemon=True).start()
time.sleep(0.5)
