"""Exercises, properties and cases: one module per assignment, and the strategies they share."""
