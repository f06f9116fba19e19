"""The contract that the control plane and the GPU workers share."""
