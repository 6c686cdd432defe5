"""What this service changes for people: `mohala impact`, as a table, CSV, JSON and a page with pictures."""
