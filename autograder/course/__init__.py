"""What is taught and what is handed in: labs, notebooks, releases."""
