# threat: 13
# verdict: passed
# reaches: told
{RIGHT}
import multiprocessing
try:
    process = multiprocessing.get_context("fork").Process(target=print, args=("hello",))
    process.start()
    process.join()
    print("{REACHED}")
except OSError as error:
    print(error)
