"""Values: typed, compared, formatted for a locale and written for a handset; nothing here knows a Program."""
