"""The pictures of a rehearsal, and the users who publish some of them."""
