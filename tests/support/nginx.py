"""A real nginx as origin."""

import os
import signal
import subprocess
import urllib.request

from support.ports import free_port
from support.wait import until

CONFIG = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 4096; }}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/temp;
  proxy_temp_path {folder}/temp;
  fastcgi_temp_path {folder}/temp;
  uwsgi_temp_path {folder}/temp;
  scgi_temp_path {folder}/temp;
  client_max_body_size 0;
  keepalive_requests 1000000;
  sendfile on;
  server {{
    listen 127.0.0.1:{port};
    root {folder}/site;
    default_type text/plain;
    location = / {{ return 200 "hello from {name}\\n"; }}
    location /login {{ return 401 "wrong password\\n"; }}
    location /token/ {{ return 200 "$request_uri"; }}
    location /site/ {{ alias {folder}/site/; }}
    {extra}
  }}
  {servers}
}}
"""


class Nginx:
    """Starts nginx on a port of its own; files put into `site` are served under /site/. `servers` are further
    server blocks."""

    def __init__(self, folder, name="nginx", extra="", servers=""):
        self.folder, self.port = folder / f"{name}-{free_port()}", free_port()
        self.site = self.folder / "site"
        self.site.mkdir(parents=True)
        # As root, nginx would drop to a user who may not read the folders of a test.
        user = "user root;" if os.geteuid() == 0 else ""
        path = self.folder / "nginx.conf"
        path.write_text(CONFIG.format(user=user, folder=self.folder, port=self.port, name=name, extra=extra, servers=servers))
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-e", str(self.folder / "error.log"), "-p", str(self.folder), "-c", str(path)])
        until(self._answers, f"nginx did not start; see {self.folder}/error.log")

    @property
    def endpoint(self):
        return f"127.0.0.1:{self.port}"

    def _answers(self):
        assert self.process.poll() is None, f"nginx ended: {(self.folder / 'error.log').read_text()}"
        try:
            with urllib.request.urlopen(f"http://{self.endpoint}/", timeout=1) as answer:
                return answer.status == 200
        except OSError:
            return False

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
