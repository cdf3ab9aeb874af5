"""What is kept of a run: the journal, results, grades, nbgrader's gradebook."""
