"""What people read: a feedback page for each student, a report for each lab, an index for the
course.
"""
