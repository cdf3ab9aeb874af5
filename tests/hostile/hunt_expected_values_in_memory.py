# threat: 3
# verdict: wrong
# reaches: read points
# control: nothing of the grader's is in this process at any level
{WRONG}
import gc, sys
for thing in gc.get_objects():
    if isinstance(thing, (str, dict, list)) and "HOSTILE_CANARY" in repr(thing)[:100000] and "hunt" not in repr(thing)[:100000]:
        print(repr(thing)[:5000])
seen = [t for t in gc.get_objects() if type(t).__name__ in ("Judge", "Bench", "CheckSpec", "CheckResult", "Student", "Draw")]
if seen:
    print("{REACHED}")
