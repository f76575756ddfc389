"""How the name of a mark record ends."""

RECORD_SUFFIX = ".mtrecord"
