"""Web Push: messages to browsers that asked for them (RFC 8030), about the plants of who asked.

Plain Python. What encrypts and signs (RFC 8291, RFC 8292) is in `functions/push` alone.
"""
