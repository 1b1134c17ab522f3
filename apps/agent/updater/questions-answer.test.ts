import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type SyncMethod, syncAnswerLimitBytes, syncMethods } from '@springline/api/shapes/sync-methods';
import { CallError } from '../channel.ts';
import { type AnswerPorts, answerTo, remoteConsent } from './questions-answer.ts';

const minimal = "version: 1\nread:\n  baseDns: ['dc=x']\n  attributes: all\n";
const both = `${minimal}remote:\n  read: true\n  decide: true\n`;
const methods = Object.keys(syncMethods) as SyncMethod[];

function ports(t: TestContext, consent: string | undefined, answer: unknown = {}): AnswerPorts & { asked: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'springline-questions-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const consentPath = join(folder, 'consent.yaml');
  if (consent !== undefined) writeFileSync(consentPath, consent, { mode: 0o600 });
  const asked: string[] = [];
  return {
    consentPath,
    asked,
    call: async (method) => {
      asked.push(method);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
}

const codeOf = async (asked: Promise<unknown>) => (await asked) as { kind: string; code?: string; message?: string };

for (const row of [
  { name: 'no consent file', consent: undefined },
  { name: 'a consent file that says nothing of it', consent: minimal },
  { name: 'a consent file that says no', consent: `${minimal}remote:\n  read: false\n  decide: false\n` },
  {
    name: 'a consent file that says it in another spelling',
    consent: `${minimal}remote: {read: true, decide: true}\n`,
  },
  { name: 'a consent file that says it twice', consent: `${both}remote:\n  read: true\n  decide: true\n` },
]) {
  test(`S1: with ${row.name} nothing is looked at and nothing decided from afar, whatever is asked`, async (t) => {
    const world = ports(t, row.consent);
    for (const method of methods) {
      const refused = await codeOf(answerTo({ method, parameters: {} }, world));
      assert.equal(refused.code, 'not-consented', method);
      assert.match(refused.message!, /Its administrator writes "remote:" and below it " {2}(read|decide): true" into /);
    }
    assert.deepEqual(world.asked, []);
    assert.deepEqual(remoteConsent(world.consentPath), { read: false, decide: false });
  });
}

test('S1: consent to look is no consent to decide, and the other way round', async (t) => {
  for (const effect of ['read', 'decide'] as const) {
    const world = ports(t, `${minimal}remote:\n  # agreed\n  ${effect}: true # with the owner\n`);
    for (const method of methods) {
      const { kind } = await answerTo({ method, parameters: {} }, world);
      assert.equal(kind, syncMethods[method].effect === effect ? 'answer' : 'refusal', method);
    }
  }
});

test('S1: a consent file that others may write allows nothing', async (t) => {
  const world = ports(t, both);
  chmodSync(world.consentPath, 0o666);
  assert.equal((await codeOf(answerTo({ method: 'rules', parameters: {} }, world))).code, 'not-consented');
});

test('a method that is not on the list is not passed on, also where everything is consented to', async (t) => {
  const world = ports(t, both);
  for (const method of ['search', 'status', 'restart', '__proto__', 'toString', 'x'.repeat(64)]) {
    assert.equal((await codeOf(answerTo({ method, parameters: {} }, world))).code, 'unknown-call', method);
  }
  assert.deepEqual(world.asked, []);
});

test('a staging host is promoted by force only by whoever stands at it', async (t) => {
  const world = ports(t, both);
  const forced = await codeOf(answerTo({ method: 'staging.promote', parameters: { force: true } }, world));
  assert.equal(forced.code, 'not-consented');
  assert.equal((await answerTo({ method: 'staging.promote', parameters: {} }, world)).kind, 'answer');
});

test('what the component refuses travels with its code and sentence', async (t) => {
  const refusal = new CallError('unknown-call', 'this version of Connect Sync knows no mv.object');
  const world = ports(t, both, refusal);
  assert.deepEqual(await answerTo({ method: 'mv.object', parameters: {} }, world), {
    ...{ kind: 'refusal', code: 'unknown-call', message: refusal.message },
  });
  const fault = await codeOf(answerTo({ method: 'rules', parameters: {} }, ports(t, both, new TypeError('x'))));
  assert.equal(fault.code, 'internal-error');
});

test('an answer larger than 4 MiB is refused with what to do', async (t) => {
  const world = ports(t, both, { items: 'x'.repeat(syncAnswerLimitBytes) });
  const { code, message } = await codeOf(answerTo({ method: 'search.cs', parameters: {} }, world));
  assert.equal(code, 'answer-too-large');
  assert.match(message!, /ask for fewer/);
});

test('S1: values of secret attributes are taken out of an answer, wherever it has values', async (t) => {
  const secret = 'c2VjcmV0';
  const answer = {
    row: { displayName: 'Ada', dn: 'CN=Ada' },
    synchronized: [
      { name: 'unicodePwd', type: 'binary', values: [secret] },
      { name: 'msLAPS-Password', type: 'string', values: [secret], count: 1 },
      { name: 'mail', type: 'string', values: ['ada@example.org'] },
    ],
    items: [{ name: 'Ada', attributes: [{ name: 'userPassword;binary', old: [secret], new: [secret] }] }],
    explained: { attribute: 'supplementalCredentials', values: [secret], losers: [{ rule: 'r', values: [secret] }] },
    tested: { flows: [{ target: 'userPassword', source: '[x]', result: { kind: 'value', values: [secret] } }] },
    byName: { sambaNTPassword: [secret], cn: ['Ada'] },
  };
  const outcome = await answerTo({ method: 'cs.object', parameters: {} }, ports(t, both, answer));
  const text = JSON.stringify(outcome);
  assert.ok(!text.includes(secret), text);
  assert.ok(text.includes('"values":["ada@example.org"]') && text.includes('"cn":["Ada"]'));
  assert.ok(text.includes('"name":"unicodePwd"'), 'that there is such an attribute is no secret');
});
