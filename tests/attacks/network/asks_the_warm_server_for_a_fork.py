"""The socket of the process from which kernels are forked: a fork that is not confined could be asked for there."""

NEVER = ("CONNECTED",)
OWN = {
    "setup": """
import glob, os, socket

places = ["/tmp/grader-*", "/run/user/*/grader-*", os.environ.get("GRADER_KERNEL_DIR", "/nowhere"), "/tmp/*"]
paths = [path for place in places for path in glob.glob(place + "/*.sock") + glob.glob(place)]
for line in open("/proc/net/unix") if os.access("/proc/net/unix", os.R_OK) else ():
    paths += [word for word in line.split()[-1:] if word.startswith(("/", "@"))]
own = os.path.dirname(os.environ.get("JUPYTER_CONNECTION_FILE", "")) or os.getcwd()
for path in set(paths):
    if not path.startswith(own):
        try:
            with socket.socket(socket.AF_UNIX) as sock:
                sock.settimeout(0.5)
                sock.connect(path.replace("@", "\\0", 1))
                print("CONNECTED", path)
        except OSError:
            pass
"""
}
