"""From a loss matrix to p: draws, set losses, corrections."""
