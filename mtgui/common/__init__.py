"""What every package needs: errors, events, files, words. Standard library only."""
