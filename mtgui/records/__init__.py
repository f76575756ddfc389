"""Mark records and the audit log: what chance decided, kept where it can be proved."""
