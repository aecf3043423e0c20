"""The app of the gunicorn peer: what BenchApi answers, as a WSGI callable."""
import hashlib
import time
from urllib.parse import parse_qs

# The content of a download has a period of 251 bytes, which is how the client tells that a piece is missing.
CHUNK = bytes(range(251)) * 256


def app(environ, start_response):
    query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
    path = environ["PATH_INFO"]
    if path == "/download":
        return download(int(query.get("bytes", 0)), start_response)
    if path == "/upload":
        return text(receive(environ["wsgi.input"]), start_response)
    if path == "/slow":
        time.sleep(int(query.get("ms", 0)) / 1000)
    elif path != "/":
        return text("not found", start_response, "404 Not Found")
    return text("hello", start_response)


def text(body, start_response, status="200 OK"):
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body.encode()]


def receive(stream):
    length, digest = 0, hashlib.sha256()
    while chunk := stream.read(len(CHUNK)):
        length += len(chunk)
        digest.update(chunk)
    return f'{{"length":{length},"sha256":"{digest.hexdigest().upper()}"}}'


def download(size, start_response):
    start_response("200 OK", [("Content-Type", "application/octet-stream"), ("Content-Length", str(size))])
    return (CHUNK[: size - at] for at in range(0, size, len(CHUNK)))
