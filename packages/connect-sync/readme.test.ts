import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const folder = new URL('./', import.meta.url);
const readme = readFileSync(new URL('README.md', folder), 'utf8');

test('the table of the README names every folder', () => {
  const folders = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && entry.name !== 'node_modules',
  );
  assert.deepEqual(
    [...readme.matchAll(/^\| `([a-z-]+)\/` \|/gm)].map(([, name]) => name).sort(),
    folders.map(({ name }) => name).sort(),
  );
});

test('what the example of the README imports is there', async () => {
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1];
  assert.ok(example !== undefined);
  const imports = [...example.matchAll(/^import \{ (\w+) \} from '@springline\/connect-sync\/(.+)';$/gm)];
  assert.equal(imports.length, 2);
  for (const [, name, path] of imports) {
    const module = (await import(`./${path}.ts`)) as Record<string, unknown>;
    assert.equal(typeof module[name!], 'function', `${path} exports ${name}`);
  }
});

test('the tests that the README gives for its promises are there', () => {
  const path = /\(`(apps\/agent\/.*?\.test\.ts)`\)/.exec(readme)?.[1];
  assert.ok(path !== undefined);
  const tests = readFileSync(new URL(`../../${path}`, folder), 'utf8');
  for (const name of [
    'any sequence of adds, changes, moves and deletes ends where a fresh import ends, whatever its order',
    'answers lost at any point leave no object twice and none behind',
    'a second cycle with nothing changed exports nothing',
    'a read that breaks off deletes nobody, and the next whole one does',
    'the delete guard stops an export before its first delete, and approval carries it out',
    'an agent that lost its store takes the objects up again and creates none',
  ]) {
    assert.ok(tests.includes(`'${name}'`), name);
  }
});
