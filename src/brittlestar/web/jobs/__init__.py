"""Long work of the page: what there is, where it waits, and where its results are kept."""
