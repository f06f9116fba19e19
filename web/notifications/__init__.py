"""Notifications of people: mails."""
