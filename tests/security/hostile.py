"""A hostile site: pages that make the browser of whoever visits them send requests to Wasl."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_JSON = json.dumps({"displayName": "made by another site"})
# Each is the body of a page; TARGET stands for the address of Wasl.
ATTACKS: dict[str, str] = {
    "a form that signs out": """
        <form method=post action="TARGET/v1/sessions:end"></form>
        <script>document.forms[0].submit()</script>""",
    "a form that creates": """
        <form method=post action="TARGET/v1/contacts">
        <input name=displayName value="made by another site"></form>
        <script>document.forms[0].submit()</script>""",
    "a form whose text is JSON": """
        <form method=post enctype="text/plain" action="TARGET/v1/contacts">
        <input name='{"displayName":"made by another site","notes":"' value='"}'></form>
        <script>document.forms[0].submit()</script>""",
    "a form that imports": """
        <form method=post enctype="multipart/form-data" action="TARGET/v1/contacts:import">
        <textarea name=file>displayName\nmade by another site\n</textarea></form>
        <script>document.forms[0].submit()</script>""",
    "a form that deletes by a verb": """
        <form method=post action="TARGET/v1/contacts/RECORD:undelete"></form>
        <script>document.forms[0].submit()</script>""",
    "a form in a frame": """
        <iframe name=inside></iframe>
        <form method=post target=inside action="TARGET/v1/sessions:end"></form>
        <script>document.forms[0].submit()</script>""",
    "a form to a new window": """
        <form method=post target=_blank action="TARGET/v1/sessions:end"></form>
        <script>document.forms[0].submit()</script>""",
    "a form that signs the victim in as somebody else": """
        <form method=post enctype="text/plain" action="TARGET/v1/sessions">
        <input name='{"email":"EMAIL","password":"PASSWORD","x":"' value='"}'></form>
        <script>document.forms[0].submit()</script>""",
    "fetch with JSON": f"""<script>
        fetch("TARGET/v1/contacts", {{method: "POST", credentials: "include",
          headers: {{"Content-Type": "application/json"}}, body: '{_JSON}'}}).catch(() => 0)
        </script>""",
    "fetch with JSON as text, asking for no answer": f"""<script>
        fetch("TARGET/v1/contacts", {{method: "POST", credentials: "include", mode: "no-cors",
          headers: {{"Content-Type": "text/plain"}}, body: '{_JSON}'}}).catch(() => 0)
        </script>""",
    "fetch without a body": """<script>
        fetch("TARGET/v1/sessions:end", {method: "POST", credentials: "include",
          mode: "no-cors"}).catch(() => 0)
        </script>""",
    "fetch without a referrer": """<script>
        fetch("TARGET/v1/sessions:end", {method: "POST", credentials: "include",
          mode: "no-cors", referrerPolicy: "no-referrer"}).catch(() => 0)
        </script>""",
    "fetch that deletes": """<script>
        fetch("TARGET/v1/contacts/RECORD", {method: "DELETE", credentials: "include"})
          .catch(() => 0)
        </script>""",
    "fetch of a form": """<script>
        const form = new FormData();
        form.append("file", new Blob(["displayName\\nmade by another site\\n"]), "a.csv");
        fetch("TARGET/v1/contacts:import", {method: "POST", credentials: "include",
          mode: "no-cors", body: form}).catch(() => 0)
        </script>""",
    "fetch from a page without an origin": """
        <iframe sandbox="allow-scripts" srcdoc='<script>
        fetch("TARGET/v1/sessions:end", {method: "POST", credentials: "include",
          mode: "no-cors"}).catch(() => 0)
        </script>'></iframe>""",
    "a request with XMLHttpRequest": """<script>
        const request = new XMLHttpRequest();
        request.withCredentials = true;
        request.open("POST", "TARGET/v1/sessions:end");
        request.send();
        </script>""",
    "a beacon": """<script>navigator.sendBeacon("TARGET/v1/sessions:end", "x")</script>""",
    "an image": """<img src="TARGET/v1/contacts:export"><img src="TARGET/v1/sessions:end">""",
    "a script": """<script src="TARGET/v1/contacts:export"></script>""",
    "a style": """<link rel=stylesheet href="TARGET/v1/contacts:export">""",
    "a prefetch": """<link rel=prefetch href="TARGET/v1/contacts:export">""",
    "a frame": """<iframe src="TARGET/v1/contacts:export"></iframe>""",
    "a media file": """<video src="TARGET/v1/contacts:export"></video>""",
    "an object": """<object data="TARGET/v1/contacts:export"></object>""",
}


@contextmanager
def hostile_site(words: dict[str, str]) -> Iterator[int]:
    """Serves each attack at `/<its number>`; gives the port. `words` are put in for others."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answers with the page of an attack, or with an empty one."""
            number = self.path.strip("/")
            body = list(ATTACKS.values())[int(number)] if number.isdigit() else ""
            for word, value in words.items():
                body = body.replace(word, value)
            data = f"<!doctype html><title>A fine site</title>{body}".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
