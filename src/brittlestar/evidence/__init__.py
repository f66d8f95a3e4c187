"""What is published, and what follows: studies, calibration, prediction, the factsheet, credibility."""
