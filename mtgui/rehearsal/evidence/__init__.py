"""The shipped table of evidence, made from trainings of real pictures."""
