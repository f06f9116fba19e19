"""Dead letters: input that could not be applied, stored with its reason so that work goes on."""
