"""A program written into the own folder and run, and one that lies elsewhere, open to everybody, run from within."""

OWN = {
    "setup": """
import json, os, subprocess

at = json.load(open("targets.json"))
with open("script", "w") as file:
    file.write(f"#!/bin/sh\\necho x >> {at['secret']}\\nexec {at['folder']}/program\\n")
os.chmod("script", 0o755)
for words in (["./script"], [at["folder"] + "/program"], ["sh", at["folder"] + "/program"], ["sh", "script"]):
    try:
        print(subprocess.run(words, capture_output=True, timeout=2).returncode)
    except Exception as error:
        print(type(error).__name__)
"""
}
