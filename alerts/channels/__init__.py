"""The ways out of the platform, one folder each."""
