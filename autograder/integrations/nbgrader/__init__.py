"""nbgrader: its gradebook, its pipeline, its graded notebooks."""
