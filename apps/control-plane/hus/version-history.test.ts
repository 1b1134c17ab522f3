import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { imageEntries, publishImage, releaseFacts } from '../testing/image-repository.ts';
import { type RunningControlPlane, runControlPlane, suiteCleanup } from '../testing/running-control-plane.ts';
import { enrol, send, sign } from '../testing/signed-agent.ts';

const anonymous = { headers: {} };
const pageOf = (product: string) => `/hus/v1/version-history/${product}`;
const feedOf = (product: string) => `/hus/v1/version-history/${product}/feed`;
const hostile = `</summary><script>alert("1")</script> & ]]> <!-- ' \ufffe \u0007`;

describe('the version history', () => {
  const t = suiteCleanup();
  let plane: RunningControlPlane;
  before(async () => {
    plane = await runControlPlane(t, { publicUrl: 'https://upgrades.contoso.example' });
    publish(1, releaseFacts({ notes: hostile.replaceAll('\u0007', '') }));
  });
  const publish = (version: number, ...releases: readonly ReturnType<typeof releaseFacts>[]) =>
    publishImage(join(plane.home, 'control-plane', 'repository'), imageEntries(...releases), version);

  test('anybody reads the public history, with support as of today and the anchors that links out there have', async () => {
    const { status, json } = await plane.ask('GET', pageOf('connect-sync'), anonymous);
    assert.deepEqual([status, json.format, json.product], [200, 'springline-version-history-1', 'connect-sync']);
    assert.equal(json.on, '2026-11-22');
    const row = json.rows.find(({ version }: { version: string }) => version === '2.3.2.0');
    assert.deepEqual([row.anchor, row.supportStatus], ['2320', 'ended']);
    const anchors = json.rows.map(({ anchor }: { anchor: string }) => anchor);
    assert.equal(new Set(anchors).size, anchors.length);
    assert.ok(json.forcedMinimums.some(({ version }: { version: string }) => version === '2.3.2.0'));
    for (const product of ['health', 'cloud-sync']) {
      assert.equal((await plane.ask('GET', pageOf(product), anonymous)).status, 200);
    }
  });

  test('the releases of this installation are a product beside them', async () => {
    const { json } = await plane.ask('GET', pageOf('springline'), anonymous);
    assert.deepEqual(
      json.rows.map(({ component, version, anchor, releasedOn, channels, status }: Record<string, unknown>) => [
        ...[component, version, anchor, releasedOn, channels, status],
      ]),
      [['connect-sync', '1.2.3.0', 'connect-sync-1230', '2026-11-20', ['download', 'auto-upgrade'], 'released']],
    );
  });

  test('who has the page is told that it has not changed, until a release comes or the day ends', async () => {
    const first = await plane.ask('GET', pageOf('springline'), anonymous);
    assert.equal(first.headers.get('cache-control'), 'no-cache');
    const held = { headers: { 'if-none-match': first.headers.get('etag')! } };
    assert.equal((await plane.ask('GET', pageOf('springline'), held)).status, 304);
    const feed = await plane.ask('GET', feedOf('springline'), anonymous);
    const heldFeed = { headers: { 'if-none-match': feed.headers.get('etag')! } };
    assert.equal((await plane.ask('GET', feedOf('springline'), heldFeed)).status, 304);
    publish(
      2,
      releaseFacts({ notes: hostile.replaceAll('\u0007', '') }),
      releaseFacts({ version: '1.2.4.0', releaseNumber: 101 }),
    );
    const second = await plane.ask('GET', pageOf('springline'), held);
    assert.deepEqual([second.status, second.json.rows.length], [200, 2]);
    assert.equal(second.json.rows.at(-1).anchor, 'connect-sync-1230', 'anchors stay');
    assert.equal((await plane.ask('GET', feedOf('springline'), heldFeed)).status, 200);
  });

  test('each product has an Atom feed that is well-formed, whatever a note says', async () => {
    for (const product of ['connect-sync', 'health', 'cloud-sync', 'springline']) {
      const { status, headers, text } = await plane.ask('GET', feedOf(product), anonymous);
      assert.deepEqual([status, headers.get('content-type')?.split(';')[0]], [200, 'application/atom+xml']);
      const names = wellFormed(text);
      assert.equal(names[0], 'feed');
      assert.ok(!names.includes('script'));
      assert.ok(names.filter((name) => name === 'entry').length > 0);
      assert.ok(text.includes(`<id>https://upgrades.contoso.example${feedOf(product)}</id>`));
    }
    const { text } = await plane.ask('GET', feedOf('springline'), anonymous);
    assert.ok(text.includes('&lt;script&gt;'));
    assert.throws(() => wellFormed(text.replace('&lt;', '<')), 'the check can fail');
  });

  test('nothing of a tenant, a host or a person is in it', async () => {
    const agent = await enrol(plane);
    const body = { hostName: 'SECRET-HOST-01', components: [] };
    await send(sign(plane, agent, { method: 'POST', path: '/platform/v1/heartbeat', body }));
    for (const path of ['connect-sync', 'health', 'cloud-sync', 'springline'].flatMap((each) => [
      pageOf(each),
      feedOf(each),
    ])) {
      const { text } = await plane.ask('GET', path, anonymous);
      const withAdmin = await plane.ask('GET', path);
      assert.equal(withAdmin.text, text, 'everybody gets the same');
      for (const secret of ['SECRET-HOST-01', agent.agentId, 'contoso.example"'])
        assert.ok(!text.includes(secret), secret);
    }
  });

  test('a product that there is not is refused, and a name of an object is none', async () => {
    for (const product of ['toString', '__proto__', 'word', '%00']) {
      assert.equal((await plane.ask('GET', pageOf(product), anonymous)).status, 400);
    }
  });
});

/**
 * Names of the elements in order.
 *
 * @throws {AssertionError} where a text is no well-formed XML of the kind that feeds are written in.
 */
function wellFormed(xml: string): readonly string[] {
  const names: string[] = [];
  const open: string[] = [];
  const [declaration, ...rest] = xml.split('\n');
  assert.equal(declaration, '<?xml version="1.0" encoding="utf-8"?>');
  assert.match(xml, /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u);
  for (const token of rest.join('\n').match(/<[^>]*>|[^<]+/g) ?? []) {
    const [, slash = '', name, attributes = '', end = ''] =
      /^<(\/?)([A-Za-z]+)((?:\s+[A-Za-z:]+="[^"<]*")*)\s*(\/?)>$/.exec(token) ?? [];
    if (name === undefined) assert.ok(!token.includes('<') && !token.includes(']]>'), token);
    assert.doesNotMatch(`${attributes}${name === undefined ? token : ''}`, /&(?!(amp|lt|gt|quot|#39);)/);
    if (name === undefined) continue;
    if (slash === '/') assert.equal(open.pop(), name);
    else names.push(name);
    if (slash === '' && end === '') open.push(name);
  }
  assert.deepEqual(open, []);
  return names;
}
