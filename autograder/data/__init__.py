"""What no submission may see: held-out digits and thresholds."""
