"""Scripts in the answer itself, in what it returns, in its name, its error and its docstring."""

CELLS = {
    "first": '''
def first(values):
    """<script>alert(1)</script>"""
    return "</pre><script>alert(2)</script>"
''',
    "double": """
class Error(Exception):
    pass


Error.__name__ = "<script>alert(3)</script>"


def double(values):
    raise Error("</code><script>alert(4)</script>`<img src=x onerror=alert(5)>`")
""",
    "pick": "pick = '<script>alert(6)</script>'",
}
STATUS = {"first": "wrong", "double": "crashed", "pick": "wrong"}
