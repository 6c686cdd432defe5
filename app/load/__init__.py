"""A load of synthetic citizens, the history of what they were answered, and what that history proves."""
