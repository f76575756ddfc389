"""Makes marked copies and a mark record from chosen pictures."""
