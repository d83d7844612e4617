"""Grades a class: reassembles each submission, runs it, scores it, and records it in nbgrader's gradebook.

A batch:

    command.py          `grader grade`: the whole of it
    submissions.py      imports a folder or zip of submissions
    plan.py             decides which submissions to grade; archive.py keeps their notebooks and outcomes
    batch.py            passes the submissions to workers and records the results; capacity.py says how many at a time
    workers.py          the worker processes; cluster.py, their counterpart on a Dask cluster
    progress.py         shows the progress; table.py, the results; show.py is `grader show`
    gradebook.py        nbgrader's gradebook; recorder.py writes outcomes to it

One submission:

    lab.py              what grading needs to know about a lab
    work.py             grades one submission, as a function from data to data
    parse.py            reads the student's notebook; reassemble.py puts its answers into the instructor's
    dependencies.py     finds the cells that need not run
    run.py              runs the notebook: execute.py its cells, judging.py its tests, in the judge
    judged.py           what was found in one test cell, and how the executed notebook shows it
    score.py            turns what was judged into statuses and points; outcome.py is what comes out
"""
