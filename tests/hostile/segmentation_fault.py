# threat: 10
# verdict: crashed
# reaches: points
import ctypes
ctypes.string_at(0)
