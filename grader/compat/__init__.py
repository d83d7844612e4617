"""Where the grader depends on what a library does not promise, one module for each library.

| module       | what is bent                                              | for whom                                 |
|--------------|-----------------------------------------------------------|------------------------------------------|
| `keras`      | methods of `Model`, replaced for a while                  | `check.remote.fit_spy`, `.data_spy`      |
|              | methods of `Layer` and `Metric`, replaced for a while     | `judge.keras_data`                       |
|              | properties of `Layer`, read past a subclass               | `check.remote.queries`                   |
|              | `Model.train_function`, read                              | `check.remote.fits`                      |
|              | names of private modules, in saved configurations         | `judge.allow_list`                       |
| `nbval`      | the items that it collects, replaced                      | `validate`                               |
| `tensorflow` | an option of its C library, switched off                  | `kernel.tuning`                          |

Each function says why it is there, what the public way would be and why that will not do. Each has a contract test in
`tests/compat/` that fails when a new release changes what it depends on, and `tests/compat/test_boundaries.py` fails
when a private or patched name of another library is used anywhere else.

Nothing is imported here, and no module imports its library before a function needs it: the warm process and the
student's process import these modules too.
"""
