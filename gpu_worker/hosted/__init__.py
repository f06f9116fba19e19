"""What engines share that ask somebody else's service: keys, patience, refusals."""
