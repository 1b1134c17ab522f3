/** An HTTP server on a free port of this machine that keeps what is posted to it and answers as it is told. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { ServerCertificate } from '@springline/tools/services/certificates';
import type { Cleanup } from '../../testing/running-control-plane.ts';

export interface ReceivedPost {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export async function runWebhookReceiver(
  t: Cleanup,
  answer: (response: ServerResponse, count: number) => void = (response) => response.writeHead(204).end(),
  certificate?: ServerCertificate,
): Promise<{ readonly port: number; readonly posts: readonly ReceivedPost[] }> {
  const posts: ReceivedPost[] = [];
  const server =
    certificate === undefined
      ? createServer()
      : createTlsServer({ cert: readFileSync(certificate.certificateFile), key: readFileSync(certificate.keyFile) });
  server.on('request', async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    posts.push({ path: request.url!, headers: request.headers, body });
    answer(response, posts.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as { port: number }).port, posts };
}
