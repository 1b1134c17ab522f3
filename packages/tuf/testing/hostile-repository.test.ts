import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import { readPublished } from '../repository/publish.ts';
import { HostileRepository, writeTree } from './hostile-repository.ts';

test('an Image and a Director repository are written as the tree that our publisher reads', () => {
  const folder = mkdtempSync(join(tmpdir(), 'springline-tuf-'));
  try {
    const repositories = {
      image: new HostileRepository(Date.UTC(2026, 10, 22) as EpochMs),
      director: new HostileRepository(Date.UTC(2026, 10, 22) as EpochMs),
    };
    repositories.director.serve();
    writeTree(folder, repositories);
    for (const [name, version] of [
      ['image', 1],
      ['director', 2],
    ] as const) {
      const published = readPublished((file) => {
        const known = repositories[name].files.has(file);
        return known ? readFileSync(join(folder, name, 'metadata', file)) : undefined;
      });
      assert.equal(published.targets?.version, version);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
