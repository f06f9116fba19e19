"""What the artifact store holds by the ledger, who refers to it, and what has to go."""
