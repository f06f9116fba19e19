"""Mails to people: queued in the transaction that causes them, sent by the controller."""
