# threat: 44
# verdict: passed
# reaches: told
{RIGHT}
import os, signal
# Signals that are not taken wait in a queue that the kernel bounds by user.
number = signal.SIGRTMIN + 5
signal.pthread_sigmask(signal.SIG_BLOCK, {number})
for value in range(200):
    os.kill(os.getpid(), number)
taken = 0
while signal.sigtimedwait({number}, 0):
    taken += 1
if taken > 1:
    print("{REACHED}")
