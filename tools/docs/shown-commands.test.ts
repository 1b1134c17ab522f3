import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandsIn, faultOfCommand } from './shown-commands.ts';

test('commands are found in shell blocks and code spans, split as a shell does', () => {
  const markdown = [
    'Run `npx springline sync run --full` or `npx springline sync …`; not npx springline up in prose.',
    '```sh',
    'npx springline up --ldap ldaps://dc1.corp.example \\',
    '  --base "OU=Head Office,DC=corp,DC=example" # the tree',
    "npx springline sync search 'ada lovelace' --json | jq .",
    'source <(npx springline completion bash)',
    '```',
    '```yaml',
    'a: npx springline nothing',
    '```',
  ].join('\n');
  assert.deepEqual(commandsIn(markdown), [
    {
      line: 3,
      words: ['up', '--ldap', 'ldaps://dc1.corp.example', '--base', 'OU=Head Office,DC=corp,DC=example'],
    },
    { line: 5, words: ['sync', 'search', 'ada lovelace', '--json'] },
    { line: 6, words: ['completion', 'bash'] },
    { line: 1, words: ['sync', 'run', '--full'] },
    { line: 1, words: ['sync', '…'] },
  ]);
});

for (const words of [['sync', 'run', '--full'], ['up', '--dry-run'], ['--help'], ['…'], ['sync', 'deletes', '…']]) {
  test(`springline ${words.join(' ')} is a command`, async () => {
    assert.equal(await faultOfCommand({ words, line: 1 }), undefined);
  });
}

for (const words of [
  ['fly'],
  ['sync', 'run', '--sideways'],
  ['sync', 'search'],
  ['completion', 'tcsh'],
  ['sync', 'history', '--limit', 'many'],
  ['sync'],
  ['sync', 'fly', '…'],
]) {
  test(`springline ${words.join(' ')} is told to be wrong`, async () => {
    assert.notEqual(await faultOfCommand({ words, line: 1 }), undefined);
  });
}
