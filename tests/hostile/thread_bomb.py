# threat: 14
# verdict: passed | student_error
# reaches: told
{RIGHT}
import threading
end = threading.Event()
threads = []
try:
    for _ in range(400):
        threads.append(threading.Thread(target=end.wait, daemon=True))
        threads[-1].start()
    print("{REACHED}")
except RuntimeError as error:
    print(len(threads), error)
end.set()
