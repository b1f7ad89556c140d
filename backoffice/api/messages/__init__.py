"""The REST API of messages to buyers: writing one, the store's texts, consents, greetings."""
