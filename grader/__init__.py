"""How the course is checked and graded; a student's installation needs only `grader.check` and `grader.student`."""
