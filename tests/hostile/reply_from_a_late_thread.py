# threat: 6
# verdict: protocol | wrong | student_error
# reaches: points
{WRONG}
{WORKER}
import os, struct, threading, time
class ReLUFunction:
    @staticmethod
    def apply(x):
        def forge():
            time.sleep(0.2)
            os.write(worker._write, struct.pack("<4sB3xIIQ", b"AGL1", 2, 7, 3, 0) + b"\x92\x00\xc3")
        threading.Thread(target=forge, daemon=True).start()
        return x - 7
