"""Trust: known videos, consent of the people shown, and reports by them."""
