import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listNotices } from '../storage/platform/notices.ts';
import { runControlPlane } from '../testing/running-control-plane.ts';
import { makeToken } from '../testing/second-tenant.ts';
import { noticeJobs } from './jobs.ts';
import { addNotice } from './outbox.ts';
import { minuteMs, noticeWorld } from './testing/notice-world.ts';

const words = { kind: 'campaign-deadline', dedupeKey: 'k', subject: '14 days left', text: 'Nine are below.' };

test('a notice goes with the change that causes it, or not at all', async (t) => {
  const { database, tenantId, clock } = await noticeWorld(t);
  const failing = database.write(async (writer) => {
    await addNotice(writer, tenantId, words, clock.now());
    throw new RangeError('the change failed');
  });
  await assert.rejects(failing, RangeError);
  assert.deepEqual(await listNotices(database.read, tenantId, 10), []);
});

test('over-long words are cut, control characters go, and what a program must not give is refused', async (t) => {
  const { database, tenantId, clock } = await noticeWorld(t);
  const give = (more: object) =>
    database.write((writer) => addNotice(writer, tenantId, { ...words, ...more }, clock.now()));
  await give({ subject: `a\r\nb\u2028${'x'.repeat(300)}`, text: `1\n2\u001b[31m${'y'.repeat(20_000)}` });
  const [notice] = await listNotices(database.read, tenantId, 10);
  assert.match(notice!.subject, /^a b x{196}$/);
  assert.match(notice!.text, /^1\n2 \[31my{9992}$/);
  await assert.rejects(give({ kind: 'No Code' }), TypeError);
  await assert.rejects(give({ detail: { much: 'x'.repeat(16_384) } }), TypeError);
});

test('a channel that is added later gets later notices only', async (t) => {
  const world = await noticeWorld(t);
  await world.give('before');
  await world.channel('hook', { kind: 'webhook', settings: { url: 'https://8.8.8.8/' } });
  await world.give('after');
  assert.deepEqual((await world.deliveries('before')).length, 0);
  assert.deepEqual((await world.deliveries('after')).length, 1);
});

test('notices are forgotten after 90 days, and their key is free again', async (t) => {
  const world = await noticeWorld(t);
  const { database, clock, sealer } = world;
  await world.give('hello');
  const [, purge] = noticeJobs({ database, clock, sealer, log: { debug() {}, info() {}, warn() {}, error() {} } });
  const run = () => purge!.run({ now: clock.now(), signal: new AbortController().signal });
  clock.advance(90 * 24 * 60 * minuteMs);
  assert.deepEqual(await run(), { notices: 0 });
  assert.equal(await world.give('hello'), false);
  clock.advance(1);
  assert.deepEqual(await run(), { notices: 1 });
  assert.equal(await world.give('hello'), true);
});

test('readers see how notices of their tenant go, and nothing of another', async (t) => {
  const plane = await runControlPlane(t);
  const database = await plane.openDatabase();
  await plane.ask('POST', '/platform/v1/notice-channels/webhook', { body: { url: 'https://8.8.8.8/', name: 'ops' } });
  const { json: session } = await plane.ask('GET', '/platform/v1/session');
  await database.write((writer) => addNotice(writer, session.tenant.id, words, plane.clock.now()));
  const reader = { authorization: `Bearer ${await makeToken(plane, database, { scopes: ['read'] })}` };
  const { json } = await plane.ask('GET', '/platform/v1/notices', { headers: reader });
  const [{ id, ...notice }] = json.notices;
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const at = new Date(plane.clock.now()).toISOString();
  const deliveries = [{ channel: 'ops', state: 'due', attempts: 0, nextAt: at }];
  assert.deepEqual(notice, { kind: words.kind, subject: words.subject, createdAt: at, deliveries });
  const other = { authorization: `Bearer ${await makeToken(plane, database, { tenant: 'other' })}` };
  assert.deepEqual((await plane.ask('GET', '/platform/v1/notices', { headers: other })).json, { notices: [] });
});
