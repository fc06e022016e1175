"""contacts: the people and organisations we deal with."""
