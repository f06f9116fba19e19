"""Accounts: users and their organisations, passwords, logins, access tokens and principals."""
