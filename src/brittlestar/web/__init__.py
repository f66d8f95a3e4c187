"""The page on this machine: requests guarded and read, answers drawn; ``app.py`` has every address."""
