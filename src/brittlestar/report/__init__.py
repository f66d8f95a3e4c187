"""Reports in HTML, from results only."""
