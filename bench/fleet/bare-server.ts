/** The peer of the polls: node:http alone, which knows one file and answers whether it changed. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const etag = '"0123456789abcdef012345"';
const server = createServer((request, response) => {
  if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag, 'cache-control': 'no-cache' }).end();
  else response.writeHead(200, { etag, 'content-length': 2 }).end('{}');
});
server.listen(0, '127.0.0.1', () => {
  process.send?.(`http://localhost:${(server.address() as AddressInfo).port}`);
});
process.once('disconnect', () => process.exit(0));
