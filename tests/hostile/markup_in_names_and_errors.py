# threat: 26
# verdict: student_error
# reaches: points
print("<img src=x onerror=alert(1)> {{7*7}} </pre><script>alert(1)</script>")
Odd = type("<script>alert(1)</script>", (Exception,), {})
class ReLUFunction:
    @staticmethod
    def apply(x):
        raise Odd("</td><img src=x onerror=alert(1)> =cmd|'/c calc'!A1 \x1b[2J\x1b[32mPASSED\x1b[0m \u202e 20/20")
