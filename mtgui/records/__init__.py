"""Mark records and the audit log: they keep the result of the draw in a form that can be proved later."""
