import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { factsPerMessage, parseRegisterFact, type RegisterFact } from '@springline/auto-upgrade/hus/register-fact';
import { temporaryFolder } from '@springline/control-plane/testing/running-control-plane';
import { uuidV7 } from '@springline/ports/uuid';
import { SignerRegister } from './register.ts';
import { parseRequest } from './serve.ts';

const tenantId = uuidV7();
const now = Date.UTC(2026, 10, 22, 14);
const role = (personId: string, name: string): RegisterFact => ({
  ...{ kind: 'person-role', tenantId, personId, role: name },
});

const fileIn = (t: TestContext): string => join(temporaryFolder(t), 'signer-register.jsonl');
const linesOf = (path: string): number => readFileSync(path, 'utf8').split('\n').length - 1;

test('S8: the last word on a thing counts, and takes the place of those before at the next start', (t) => {
  const path = fileIn(t);
  const [one, two] = [uuidV7(), uuidV7()];
  const register = new SignerRegister(path);
  register.note([role(one, 'administrator'), role(two, 'reader')], now);
  register.note([role(one, 'reader')], now);
  const expected = { facts: [role(two, 'reader'), role(one, 'reader')] };
  assert.deepEqual(register.page(0), expected);
  assert.equal(linesOf(path), 3);
  assert.deepEqual(new SignerRegister(path).page(0), expected);
  assert.equal(linesOf(path), 2);
  assert.deepEqual(new SignerRegister(path).page(0), expected, 'what was compacted is chained again');
});

test('S8: facts that are told twice, after a lost answer, are noted once', (t) => {
  const path = fileIn(t);
  const facts = [role(uuidV7(), 'reader'), role(uuidV7(), 'reader')];
  const register = new SignerRegister(path);
  register.note(facts, now);
  register.note(facts, now + 1);
  assert.equal(linesOf(path), 2);
});

test('S8: the register is read back page by page, whole and in order', (t) => {
  const facts = Array.from({ length: factsPerMessage * 2 + 1 }, () => role(uuidV7(), 'reader'));
  const register = new SignerRegister(fileIn(t));
  for (let at = 0; at < facts.length; at += factsPerMessage) register.note(facts.slice(at, at + factsPerMessage), now);
  const read: RegisterFact[] = [];
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page: ReturnType<SignerRegister['page']> = register.page(after);
    read.push(...page.facts);
    after = page.next;
  }
  assert.deepEqual(read, facts);
});

test('S8: an altered, removed or slipped in line is found; a last line that a kill cut short is dropped', (t) => {
  const path = fileIn(t);
  const facts = [role(uuidV7(), 'reader'), role(uuidV7(), 'reader'), role(uuidV7(), 'reader')];
  new SignerRegister(path).note(facts, now);
  const good = readFileSync(path, 'utf8');
  const lines = good.split('\n');
  for (const [name, text] of [
    ['altered', good.replace('reader', 'administrator')],
    ['removed', [lines[0], lines[2], ''].join('\n')],
    ['slipped in', [lines[0], lines[0], ...lines.slice(1)].join('\n')],
    ['no JSON', good.replace('{', '')],
  ] as const) {
    writeFileSync(path, text);
    assert.throws(() => new SignerRegister(path), { code: 'signer-register-damaged' }, name);
  }
  writeFileSync(path, good);
  appendFileSync(path, '{"sequence":4,');
  assert.deepEqual(new SignerRegister(path).page(0), { facts });
});

for (const [name, fact] of [
  ['of no known kind', { kind: 'agent-praised', tenantId }],
  ['without a tenant', { kind: 'agent-revoked', agentId: uuidV7() }],
  ['with an endless text', { ...role(uuidV7(), 'reader'), role: 'x'.repeat(2_000) }],
  ['that is a list', []],
] as const) {
  test(`a fact ${name} never reaches the signer`, () => {
    assert.throws(() => parseRegisterFact(fact));
    assert.throws(() => parseRequest({ type: 'note-facts', facts: [fact] }));
  });
}

test('one request tells the signer a bounded number of facts', () => {
  const facts = Array.from({ length: factsPerMessage + 1 }, () => role(uuidV7(), 'reader'));
  assert.throws(() => parseRequest({ type: 'note-facts', facts }), /at most 200/);
});
