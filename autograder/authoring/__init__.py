"""The tools of who writes the course: build, bundle, fill, audit, demo."""
