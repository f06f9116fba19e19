"""The capacity planner: simulates jobs on worker nodes with the product's own decisions."""
