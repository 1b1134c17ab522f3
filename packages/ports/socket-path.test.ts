import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { withSocketPath } from './socket-path.ts';

for (const depth of [1, 30]) {
  test(`a socket ${depth} folders deep is reached`, async (t) => {
    const home = mkdtempSync(join(tmpdir(), 'springline-'));
    t.after(() => rmSync(home, { recursive: true, force: true }));
    const folder = join(home, ...Array.from({ length: depth }, () => 'folder'));
    mkdirSync(folder, { recursive: true });
    const path = join(folder, 'a.sock');
    const server = createServer((socket) => socket.end('here'));
    const before = process.cwd();
    process.chdir(folder);
    await new Promise<void>((resolve) => server.listen('a.sock', resolve));
    process.chdir(before);
    t.after(() => server.close());
    const said = await withSocketPath(path, async (short) => {
      let text = '';
      for await (const part of connect(short)) text += String(part);
      return text;
    });
    assert.equal(said, 'here');
  });
}
