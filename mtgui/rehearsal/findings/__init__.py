"""What the audits of a rehearsal found, as numbers, words and plots."""
