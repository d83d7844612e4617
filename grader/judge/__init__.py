"""Runs a submission's tests in a process of their own, on what the student's process sends: plain data and handles.

The judge's side:

    main.py             the process; session.py runs test cells in it
    remote.py           handles for the student's objects, and the questions sent to them
    type_checks.py      checks that each reply has the type that its remote call promises
    files.py            fetches files that the student's code wrote, without opening them

The student's side:

    agent.py            answers the questions; the judge trusts nothing that it says

Both sides:

    wire.py             plain data over a socket
    marshalling.py      what crosses besides plain data: keras_data.py turns Keras objects into data, and allow_list.py
                        names the classes that may cross
"""
