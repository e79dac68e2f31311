"""A class at once: many submissions, many workers, one writer of the gradebook."""
