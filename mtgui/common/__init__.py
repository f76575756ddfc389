"""What every room needs: errors, events, files, words. Standard library only."""
