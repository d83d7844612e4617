"""Scripts, frames, forms, handlers and images from elsewhere in outputs of every kind, for whoever reads the page."""

OWN = {
    "setup": '''
from IPython.display import HTML, SVG, Javascript, Markdown, display

evil = """<script>alert(1)</script><ScRiPt src=//x.org/a.js></sCrIpT><iframe src="javascript:alert(2)"></iframe>
<img src=x onerror=alert(3)><svg onload=alert(4)><a href="javascript:alert(5)">x</a><form action=//x.org><input></form>
<style>body{display:none}</style><link rel=stylesheet href=//x.org><base href=//x.org>
<meta http-equiv=refresh content=0>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;script&gt;alert(6)&lt;/script&gt;">"""
for kind in (HTML, Markdown):
    display(kind(evil))
display({"image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg'>{evil}</svg>", "text/plain": evil}, raw=True)
display(Javascript("alert(7)"))
display({"application/javascript": "alert(8)", "text/latex": "$\\\\href{javascript:alert(9)}{x}$"}, raw=True)
print(evil)
'''
}
