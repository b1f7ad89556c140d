"""The REST API of the note desk: the inbox, quick replies, what notes ask for."""
