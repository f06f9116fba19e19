"""Credits: accounts, prices, holds and charges of jobs, budgets and receipts."""
