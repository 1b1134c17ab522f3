import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { checkEndpoint } from './endpoint.ts';
import { openSocket } from './socket.ts';
import { greetingServer } from './testing/scripted-server.ts';

const bounded = { timeout: 20_000 };
const messages = 2_000;
const messageBytes = 100;

test('what a server writes piece by piece is read many pieces at once, to the last byte', bounded, async (t) => {
  const { url } = await greetingServer(t, (socket) => {
    let written = 0;
    const write = (): void => {
      if (written === messages) {
        socket.end();
        return;
      }
      socket.write(Buffer.alloc(messageBytes, written));
      written += 1;
      setImmediate(write);
    };
    write();
  });
  const endpoint = { urls: [url] };
  const [address] = checkEndpoint(endpoint);
  let reads = 0;
  let bytes = 0;
  const take = (chunk: Buffer, size: number): boolean => {
    for (let at = 0; at < size; at++, bytes++) assert.equal(chunk[at], Math.floor(bytes / messageBytes) % 256);
    reads += 1;
    return true;
  };
  const socket = await openSocket(address!, endpoint, take, new AbortController().signal);
  await once(socket, 'close');
  assert.equal(bytes, messages * messageBytes);
  assert.ok(reads < messages / 4, `${reads} reads of ${messages} messages`);
});
