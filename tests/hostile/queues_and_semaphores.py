# threat: 44
# verdict: passed
# reaches: told
{RIGHT}
import ctypes
libc = ctypes.CDLL(None)
queue, semaphore = libc.syscall({NR_msgget}, 0, 0o1600), libc.syscall({NR_semget}, 0, 1, 0o1600)
if queue >= 0:
    libc.msgctl(queue, 0, None)
if semaphore >= 0:
    libc.semctl(semaphore, 0, 0)
if queue >= 0 or semaphore >= 0:
    print("{REACHED}")
