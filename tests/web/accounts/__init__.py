"""Accounts: registering, logging in, tokens and what they give access to."""
