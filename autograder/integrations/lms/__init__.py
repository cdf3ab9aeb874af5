"""Learning management systems: grades as Canvas, Moodle and spreadsheets take them."""
