import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../api-client.ts';
import { agent } from '../testing/home-fixtures.ts';
import { consentText, decisionRefusal, obstacleFrom, obstacleOf } from './obstacle.ts';

test('a host that is online and consents is asked', () => {
  assert.equal(obstacleOf(agent({ remote: { read: true, decide: false } })), undefined);
});

test('a host that does not say what it consents to is asked, and answers for itself', () => {
  assert.equal(obstacleOf(agent()), undefined);
  assert.equal(decisionRefusal(agent()), undefined);
});

for (const row of [
  { name: 'an address without a server leads back', agent: undefined, title: /no such server/ },
  { name: 'a silent host is not asked', agent: agent({ state: 'offline' }), title: /is offline/ },
  { name: 'a revoked host is not asked', agent: agent({ state: 'revoked' }), title: /was revoked/ },
  {
    name: 'a host that lets nobody look names its consent file',
    agent: agent({ remote: { read: false, decide: false } }),
    title: /consent file of SYNC-01\.contoso\.example lets nobody look/,
  },
]) {
  test(row.name, () => {
    assert.match(obstacleOf(row.agent)!.title, row.title);
    assert.equal(decisionRefusal(row.agent), obstacleOf(row.agent)!.title);
  });
}

test('the lines of consent are those that the consent file takes', () => {
  assert.equal(consentText('read'), 'remote:\n  read: true');
  assert.equal(consentText('decide'), 'remote:\n  read: true\n  decide: true');
});

test('a host that lets people look and not decide says which line is missing', () => {
  assert.match(decisionRefusal(agent({ remote: { read: true, decide: false } }))!, /remote\.decide is not true/);
});

test('an identity that two hosts use decides nothing', () => {
  assert.match(decisionRefusal(agent({ conflictedSince: '2026-11-22T13:00:00.000Z' }))!, /Two hosts/);
});

test('a refusal for want of consent names the line for what was asked', () => {
  const error = new ApiError('not-consented', 'remote.decide is not true', 403);
  assert.equal(obstacleFrom(error, 'SYNC-01', 'decide').consent, 'decide');
  assert.equal(obstacleFrom(error, 'SYNC-01').consent, 'read');
  assert.match(obstacleFrom(error, 'SYNC-01').detail, /into consent\.yaml there/);
});

test('a refusal for want of consent says where the file lies, when the host says it', () => {
  const said = 'writes "remote:" and below it "  read: true" into /var/lib/springline/consent.yaml';
  const { detail } = obstacleFrom(new ApiError('not-consented', said, 403), 'SYNC-01');
  assert.match(detail, /into \/var\/lib\/springline\/consent\.yaml there/);
});

for (const [code, words] of [
  ['agent-not-listening', /SYNC-01 is not listening\. Last seen never\. Look there whether the agent runs/],
  ['agent-answer-late', /did not answer in time\. Last seen never\. It may still be at work/],
  ['component-not-running', /Connect Sync does not run on SYNC-01 now\. Last seen never\.$/],
  ['unknown-call', /does not know this question\. .* Upgrade it/],
  ['a-code-of-later', /The question was refused\. Last seen never\.$/],
] as const) {
  test(`the refusal ${code} is said with the way out`, () => {
    const { title, detail } = obstacleFrom(new ApiError(code, 'Last seen never', 504), 'SYNC-01');
    assert.match(`${title} ${detail}`, words);
  });
}

test('a fault of the page is said as it is', () => {
  assert.match(obstacleFrom(new Error('x is undefined'), 'SYNC-01').detail, /x is undefined/);
});

for (const [detail, words] of [
  ['object-unknown: no object has the id 7', /^SYNC-01 does not know it\. No object has the id 7\.$/],
  ['cycle-in-progress: a cycle runs; try again', /^SYNC-01 is busy\. A cycle runs; try again\.$/],
  ['rules-malformed: line 3, column 7: no colon', /^These rules cannot be tried\. Line 3, column 7: no colon\.$/],
  ['store-damaged: run doctor', /^SYNC-01 refused\. Run doctor\.$/],
  ['without a code', /^SYNC-01 refused\. Without a code\.$/],
] as const) {
  test(`what a host refuses as “${detail}” is said in its words`, () => {
    const said = obstacleFrom(new ApiError('agent-refused', detail, 409), 'SYNC-01');
    assert.match(`${said.title} ${said.detail}`, words);
  });
}
