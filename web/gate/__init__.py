"""What stands before every address: who asks, how often, how slowly; and how a refusal looks."""
