"""Runs an audit from request to verdict, as a generator of events."""
