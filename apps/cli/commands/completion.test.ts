import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import type { Command } from 'commander';
import { buildProgram } from '../springline.ts';
import { completionWords } from './completion.ts';

type Shell = 'bash' | 'zsh' | 'fish';

/** What `springline completion SHELL` prints. */
function script(shell: Shell): string {
  const command = [process.execPath, [`${import.meta.dirname}/../springline.ts`, 'completion', shell]] as const;
  return execFileSync(...command, { encoding: 'utf8', timeout: 20_000 });
}

function* everyCommand(command: Command, path: readonly string[] = []): Iterable<[readonly string[], Command]> {
  yield [path, command];
  for (const sub of command.commands) yield* everyCommand(sub, [...path, sub.name()]);
}

const bash = script('bash');

/** The words that bash offers where the line ends. */
function complete(...words: readonly string[]): string[] {
  const line = ['springline', ...words].map((word) => `'${word}'`).join(' ');
  const run = `${bash}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length}; _springline; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const said = execFileSync('bash', ['--norc', '-c', run], { encoding: 'utf8', timeout: 20_000, cwd: '/' });
  return said.split('\n').filter((word) => word !== '');
}

test('every command and every option can be completed', () => {
  const program = buildProgram();
  const words = completionWords(program);
  for (const [path, command] of everyCommand(program)) {
    const offered = words.get(path.join(' ')) ?? [];
    for (const sub of command.commands) assert.ok(offered.includes(sub.name()), `${path.join(' ')} ${sub.name()}`);
    for (const { long } of command.options) assert.ok(offered.includes(long!), `${path.join(' ')} ${long}`);
    assert.ok(offered.includes('--help'));
  }
  assert.ok(words.size > 8);
});

test('no word is offered twice, and none could be more than a word to a shell', () => {
  for (const [path, offered] of completionWords(buildProgram())) {
    assert.equal(new Set(offered).size, offered.length, path);
    for (const word of [...offered, ...path.split(' ').filter(Boolean)]) assert.match(word, /^[a-z0-9-]+$/);
  }
});

test('the bash script is sound shell, and so is the one for zsh as bash reads it', () => {
  execFileSync('bash', ['-n'], { input: bash, timeout: 20_000 });
  assert.equal(script('zsh'), `autoload -U +X bashcompinit && bashcompinit\n${bash}`);
});

test('in bash, `springline sy` becomes `springline sync`', () => assert.deepEqual(complete('sy'), ['sync']));

test('in bash, the words of a command follow it, also after an option', () => {
  const program = buildProgram();
  for (const [path] of everyCommand(program)) {
    const expected = [...completionWords(program).get(path.join(' '))!].sort();
    assert.deepEqual(complete(...path, '').sort(), expected, path.join(' '));
  }
  assert.deepEqual(complete('up', '--dry-run', '--ldi'), ['--ldif']);
  assert.deepEqual(complete('sync', 'deletes', 'a'), ['approve']);
});

test('in bash, where no word fits files are offered', () => {
  assert.ok(complete('up', '--ldif', '/et').includes('/etc'));
});

test('the fish script has a line for every command and option', () => {
  const lines = script('fish').trim().split('\n');
  for (const line of lines) assert.match(line, /^complete -c springline (-f )?-n '[a-z0-9_; -]+' -[al] [a-z0-9-]+$/);
  const words = [...completionWords(buildProgram()).values()].reduce((sum, offered) => sum + offered.length, 0);
  assert.equal(lines.length, words);
});
