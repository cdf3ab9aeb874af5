# threat: 44
# verdict: passed
# reaches: points
{RIGHT}
import threading, time
# An honest program that works with eight threads, while its neighbors in the class hold theirs.
for _ in range(30):
    workers = [threading.Thread(target=time.sleep, args=(0.02,)) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
