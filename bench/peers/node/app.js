// The app of the Node peers: what BenchApi answers. Its end is the one that the documentation of both recommends.
const crypto = require('crypto');
const http = require('http');

// The content of a download has a period of 251 bytes, which is how the client tells that a piece is missing.
const CHUNK = Buffer.alloc(251 * 256).map((_, i) => i % 251);

function text(response, body, status = 200) {
  response.writeHead(status, { 'Content-Type': 'text/plain', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

function upload(request, response) {
  let length = 0;
  const hash = crypto.createHash('sha256');
  request.on('data', chunk => {
    length += chunk.length;
    hash.update(chunk);
  });
  request.on('end', () => text(response, JSON.stringify({ length, sha256: hash.digest('hex').toUpperCase() })));
}

function download(response, size) {
  response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': size });
  let left = size;
  const write = () => {
    while (left > 0) {
      const chunk = left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK;
      left -= chunk.length;
      if (!response.write(chunk)) {
        response.once('drain', write);
        return;
      }
    }
    response.end();
  };
  write();
}

const server = http.createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const number = name => Number(searchParams.get(name) ?? 0);
  switch (pathname) {
    case '/': return text(response, 'hello');
    case '/slow': return setTimeout(text, number('ms'), response, 'hello');
    case '/upload': return upload(request, response);
    case '/download': return download(response, number('bytes'));
    default: return text(response, 'not found', 404);
  }
});
server.keepAliveTimeout = 65000;

// PM2 asks with SIGINT; recluster closes the server itself, and the process ends when nothing is left to do.
process.on('SIGINT', () => server.close(() => process.exit(0)));
server.listen(Number(process.env.PORT), '127.0.0.1', () => process.send?.('ready'));
