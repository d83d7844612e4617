"""Metadata that makes other programs act: widgets, jupytext, papermill parameters, timeouts, `raises-exception`. None
is taken over, and all points are earned."""


def edit(notebook):
    notebook["metadata"] |= {
        "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {"x": {"model_name": 3}}}},
        "jupytext": {"formats": "ipynb,py:percent", "cell_metadata_filter": "all"},
        "papermill": {"parameters": {"student": "cheat"}},
        "kernel_info": {"name": "../../evil"},
        "language_info": {"name": "bash", "version": 3, "codemirror_mode": []},
    }
    for cell in notebook["cells"]:
        cell["metadata"] |= {
            "tags": ["parameters"],
            "trusted": True,
            "deletable": False,
            "jupyter": {"source_hidden": 1},
        }
        cell["attachments"] = {"x.png": {"image/png": "no base64"}}
