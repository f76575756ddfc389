"""From chosen pictures to marked copies and a mark record."""
