"""Scripts and links in text cells, raw cells and the written answer."""


def edit(notebook):
    evil = "<script>alert(1)</script> [x](javascript:alert(2)) ![x](http://x.org/a.png) <img src=x onerror=alert(3)>\n"
    evil += (
        "<iframe src=//x.org></iframe>\n\n```{=html}\n<script>alert(4)</script>\n```\n\n[y]: javascript:alert(5)\n[y]"
    )
    for number, kind in enumerate(("markdown", "raw")):
        notebook["cells"].append({"cell_type": kind, "id": f"text{number}", "metadata": {}, "source": evil})
    notebook["cells"][-3]["source"] = evil
