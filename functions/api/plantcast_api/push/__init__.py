"""The routes on push messages: the key to subscribe with, subscribing and unsubscribing."""
