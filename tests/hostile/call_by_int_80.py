# threat: 41
# verdict: crashed
# reaches: told
# control: kernels may lack 32-bit calls
# machine: x86_64
{RIGHT}
import ctypes, mmap
page = mmap.mmap(-1, 4096, prot=7)
page.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
address = ctypes.addressof(ctypes.c_char.from_buffer(page))
if ctypes.CFUNCTYPE(ctypes.c_int)(address)() > 0:
    print("{REACHED}")
