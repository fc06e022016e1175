"""The AIP standard methods and the small languages of lists: filter and orderBy."""
