"""The trusted side: it knows the checks and the points, and talks to student code only through
`process`.
"""
