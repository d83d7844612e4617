"""What people get to read of a grading: feedback pages for students."""
