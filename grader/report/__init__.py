"""The feedback pages that students read after grading.

command.py          `grader feedback`
feedback.py         one page, from the outcome, the gradebook and the executed notebook, with templates/
notebook.py         the notebook as HTML
clean.py            makes the outputs of a student's notebook safe to show
"""
