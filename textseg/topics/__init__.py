"""What the feedback is about: found, assigned, named."""
