/** Finds addresses that are free at this moment, for servers that cannot be asked to choose one themselves. */
import { createServer } from 'node:net';

/** A TCP port of 127.0.0.1 that nothing listens on. Somebody else may take it before you do: be ready to try again. */
export async function freePort(): Promise<number> {
  const port = await listenOnce('127.0.0.1', 0);
  if (port === undefined) throw new Error('no free port on 127.0.0.1');
  return port;
}

/** Whether `port` can be listened on at `host` now. */
export async function isFree(host: string, port: number): Promise<boolean> {
  return (await listenOnce(host, port)) !== undefined;
}

function listenOnce(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}
