# threat: 21
# verdict: passed
# reaches: plant tcp
{RIGHT}
import socket, threading, time
def act():
    while True:
        try:
            open("{PLANT}", "w").close()
        except OSError:
            pass
        try:
            socket.create_connection(("127.0.0.1", {TCP}), timeout=1).send(b"{TOKEN}")
            return
        except OSError:
            pass
        time.sleep(0.01)
threading.Thread(target=act, daemon=True).start()
time.sleep(0.1)
