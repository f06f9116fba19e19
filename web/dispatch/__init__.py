"""From a job's row to its chord: the line, the plan, the claim; and how jobs end."""
