"""A stand-in for Hugging Face: as much of its interface as the client asks for."""

import base64
import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote


class HubServer:
    """Repositories as `{name: [{path: bytes}, ...]}`, one dictionary a commit."""

    def __init__(self):
        self.repos = {}
        self.requests = []
        handler = type("Handler", (_Handler,), {"owner": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        ).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def files(self, repo, revision):
        """`(commit, files)`, or None."""
        commits = self.repos[repo]
        for number, files in enumerate(commits):
            if revision in (self.oid(repo, number), f"v{number}"):
                return self.oid(repo, number), files
        if revision == "main" and commits:
            return self.oid(repo, len(commits) - 1), commits[-1]
        return None

    def oid(self, repo, number):
        return hashlib.sha1(f"{repo}{number}".encode()).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, body=b"", status=200, **headers):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_request(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        path = unquote(self.path.partition("?")[0])
        self.owner.requests.append((self.command, path))
        for pattern, method in ROUTES:
            match = re.fullmatch(pattern, path)
            if match:
                return method(self, **match.groupdict())
        return self.reply({"error": f"unknown {self.command} {path}"}, 500)

    do_GET = do_POST = do_HEAD = handle_request

    def revision_of(self, repo, revision):
        if repo not in self.owner.repos:
            self.reply({"error": "no"}, 404, X_Error_Code="RepoNotFound")
            return None
        found = self.owner.files(repo, revision)
        if found is None:
            self.reply({"error": "no"}, 404, X_Error_Code="RevisionNotFound")
        return found

    def create(self):
        asked = json.loads(self.body)
        repo = "/".join(x for x in (asked.get("organization"), asked["name"]) if x)
        if repo in self.owner.repos:
            url = f"{self.owner.url}/{repo}"
            return self.reply({"error": "exists", "url": url}, 409)
        self.owner.repos[repo] = []
        return self.reply({"url": f"{self.owner.url}/{repo}", "name": repo, "id": repo})

    def validate(self):
        assert json.loads(self.body)["content"].startswith(("---", "#"))
        self.reply({"errors": [], "warnings": []})

    def info(self, repo, revision="main"):
        found = self.revision_of(repo, revision)
        if found:
            names = [{"rfilename": name} for name in found[1]]
            self.reply({"id": repo, "sha": found[0], "siblings": names})

    def paths_info(self, repo, revision):
        found = self.revision_of(repo, revision)
        if found:
            asked = parse_qs(self.body.decode())["paths"]
            self.reply([describe(n, d) for n, d in found[1].items() if n in asked])

    def tree(self, repo, revision):
        found = self.revision_of(repo, revision)
        if found:
            self.reply([describe(name, data) for name, data in found[1].items()])

    def resolve(self, repo, revision, name):
        found = self.revision_of(repo, revision)
        if not found:
            return None
        if name not in found[1]:
            return self.reply(b"", 404, X_Error_Code="EntryNotFound")
        data = found[1][name]
        tag = hashlib.sha256(data).hexdigest()
        return self.reply(data, ETag=f'"{tag}"', X_Repo_Commit=found[0])

    def preupload(self, repo, revision):
        files = json.loads(self.body)["files"]
        # The other mode, "lfs", would be a service of its own, with its own protocol.
        answer = [
            {"path": f["path"], "uploadMode": "regular", "shouldIgnore": False}
            for f in files
        ]
        self.reply({"files": answer})

    def commit(self, repo, revision):
        commits = self.owner.repos[repo]
        files = dict(commits[-1]) if commits else {}
        for line in self.body.splitlines():
            item = json.loads(line)
            if item["key"] == "file":
                files[item["value"]["path"]] = base64.b64decode(
                    item["value"]["content"]
                )
        commits.append(files)
        oid = self.owner.oid(repo, len(commits) - 1)
        url = f"{self.owner.url}/{repo}/commit/{oid}"
        self.reply({"success": True, "commitOid": oid, "commitUrl": url})


def describe(name, data):
    oid = hashlib.sha1(data).hexdigest()
    return {"type": "file", "path": name, "size": len(data), "oid": oid}


REPO, REVISION = r"(?P<repo>[\w.-]+/[\w.-]+)", r"(?P<revision>[\w.-]+)"
ROUTES = [
    (r"/api/repos/create", _Handler.create),
    (r"/api/validate-yaml", _Handler.validate),
    (rf"/api/models/{REPO}", _Handler.info),
    (rf"/api/models/{REPO}/revision/{REVISION}", _Handler.info),
    (rf"/api/models/{REPO}/paths-info/{REVISION}", _Handler.paths_info),
    (rf"/api/models/{REPO}/tree/{REVISION}", _Handler.tree),
    (rf"/api/models/{REPO}/preupload/{REVISION}", _Handler.preupload),
    (rf"/api/models/{REPO}/commit/{REVISION}", _Handler.commit),
    (rf"/{REPO}/resolve/{REVISION}/(?P<name>.+)", _Handler.resolve),
]
