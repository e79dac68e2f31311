"""What the class did, for its instructor."""
