"""Networks for small pictures of which each has its own description."""
