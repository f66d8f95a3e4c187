"""The page as files: answered in the browser, with no server behind it."""
