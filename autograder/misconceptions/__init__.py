"""The bank of misconceptions: one module per assignment, and the catalogue that reads them."""
