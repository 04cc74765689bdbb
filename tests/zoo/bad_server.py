"""A real HTTP server that misbehaves when told to."""

import contextlib
import hashlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class BadServer:
    """Serves `files`; `plan[path]` says, request by request, what goes wrong.

    A plan is a list of steps `(name, *arguments)`; once it is used up, or where there
    is none, the server is a good one. `always[path]` is a step for every request.
    """

    def __init__(self, files=None):
        self.files = dict(files or {})
        self.plan = {}
        self.always = {}
        self.requests = []
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"owner": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        ).start()

    def step(self, path):
        with self._lock:
            plan = self.plan.get(path)
            return plan.pop(0) if plan else self.always.get(path, ("good",))

    def ranges(self, path):
        """The `Range` of each request of a path, None where it asked for all."""
        return [headers.get("Range") for p, headers in self.requests if p == path]

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.close_connection = True
        self.owner.requests.append((self.path, dict(self.headers)))
        name, *arguments = self.owner.step(self.path)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            getattr(self, f"do_{name}")(*arguments)

    def start(self, status, length, **headers):
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()

    def answer(self, ranges=True, etag=True, **headers):
        """Starts a right answer; returns its body."""
        data = self.owner.files.get(self.path)
        if data is None:
            self.start(404, 0)
            return b""
        tag = f'"{hashlib.sha256(data).hexdigest()}"'
        if etag:
            headers["ETag"] = tag
        begin = self.headers.get("Range")
        if not ranges or begin is None or self.headers.get("If-Range", tag) != tag:
            self.start(200, len(data), **headers)
            return data
        begin = int(begin.removeprefix("bytes=").removesuffix("-"))
        if begin >= len(data):
            self.start(416, 0, Content_Range=f"bytes */{len(data)}")
            return b""
        span = f"bytes {begin}-{len(data) - 1}/{len(data)}"
        self.start(206, len(data) - begin, **{"Content_Range": span, **headers})
        return data[begin:]

    def do_good(self):
        self.wfile.write(self.answer())

    def do_cut(self, count):
        self.wfile.write(self.answer()[:count])

    def do_cut_share(self, share):
        body = self.answer()
        self.wfile.write(body[: int(len(self.owner.files[self.path]) * share)])

    def do_untagged_cut(self, count):
        self.wfile.write(self.answer(etag=False)[:count])

    def do_no_ranges(self):
        self.wfile.write(self.answer(ranges=False))

    def do_wrong_bytes(self):
        body = bytearray(self.answer())
        body[len(body) // 2] ^= 1
        self.wfile.write(bytes(body))

    def do_wrong_place(self):
        self.wfile.write(self.answer(Content_Range="bytes 0-9/10"))

    def do_status(self, code, **headers):
        self.start(code, 4, **headers)
        self.wfile.write(b"oops")

    def do_redirect(self, url):
        self.start(302, 0, Location=url)

    def do_page(self):
        body = b"<html>Please log in to this network</html>"
        self.start(200, len(body))
        self.wfile.write(body)

    def do_endless(self):
        self.start(200, None)
        while True:
            self.wfile.write(bytes(2**16))

    def do_encoded(self):
        self.answer(Content_Encoding="gzip")

    def do_slow(self, pause, block=2**14):
        body = self.answer()
        for begin in range(0, len(body), block):
            self.wfile.write(body[begin : begin + block])
            time.sleep(pause)

    def do_stall(self, count, seconds=1.0):
        self.wfile.write(self.answer()[:count])
        time.sleep(seconds)

    def do_hang_up(self):
        pass
