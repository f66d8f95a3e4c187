"""The table of points: what is published of bone and its treatment, and what the model says of it."""
