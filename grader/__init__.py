"""How the course is built, checked and graded. A student needs only `grader.check` and `grader.student`."""
