"""What is measured each month: one file per theme, each function a named metric."""
