"""The pictures and recordings that an owner keeps for its videos, and their moderation."""
