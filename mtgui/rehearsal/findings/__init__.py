"""The findings of a rehearsal's audits, as numbers, words and plots."""
