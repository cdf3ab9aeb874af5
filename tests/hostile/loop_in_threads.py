# threat: 18
# verdict: cpu_limit | wall_limit
# reaches: points
import threading
def spin():
    x = torch.ones(300, 300)
    while True:
        x @ x
for _ in range(4):
    threading.Thread(target=spin, daemon=True).start()
spin()
