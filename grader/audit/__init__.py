"""How often the checks err: every answer of a lesson's bank through its exercise's tests, right ones and wrong ones."""
