"""The file name suffix of mark records."""

RECORD_SUFFIX = ".mtrecord"
