# threat: 29
# verdict: passed
# reaches: plant
{RIGHT}
import io, pickle
class Evil:
    def __reduce__(self):
        return io.open, ("{PLANT}", "w")
with open("weights.pt", "wb") as file:
    pickle.dump(Evil(), file)
try:
    torch.load("weights.pt", weights_only=False)
except Exception as error:
    print(error)
try:
    pickle.load(open("weights.pt", "rb"))
except Exception as error:
    print(error)
