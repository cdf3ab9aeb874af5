# threat: 10
# verdict: missing | student_error
# reaches: points
raise SystemExit(0)
