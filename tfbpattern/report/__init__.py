"""The page and the pictures people look at."""
