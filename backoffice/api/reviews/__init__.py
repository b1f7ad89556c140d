"""Reviews: the inbox, one review, its reply and its follow-up, thanks to many, ready replies, what is taken in."""
