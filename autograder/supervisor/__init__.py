"""The trusted side of the sandbox: starts, speaks to, limits and ends students' processes; knows no
lab.
"""
