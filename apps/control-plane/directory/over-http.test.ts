/** The cloud directory behind the real server: signed agents on one side, applications with a token on the other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uuidV7 } from '@springline/ports/uuid';
import { directoryPart } from '../directory-part.ts';
import { runControlPlane } from '../testing/running-control-plane.ts';
import { enrol, send, sign } from '../testing/signed-agent.ts';
import { group, user } from './testing/directory-world.ts';

test('what an agent exports an application finds, and the agent reads it back', async (t) => {
  const plane = await runControlPlane(t, { directory: directoryPart });
  const agent = await enrol(plane);
  const { connectorId } = agent;
  const body = { connectorId, idempotencyKey: uuidV7(), operations: [user('ada'), group('staff', ['ada'])] };
  const exported = await send(sign(plane, agent, { method: 'POST', path: '/directory/v1/exports', body }));
  assert.equal(exported.status, 200, exported.text);

  const changes = `/directory/v1/changes?connectorId=${connectorId}`;
  const { json: told } = await send(sign(plane, agent, { method: 'GET', path: changes }));
  assert.deepEqual(
    told.objects.map(({ sourceAnchor }: { sourceAnchor: string }) => sourceAnchor),
    ['anchor-ada', 'anchor-staff'],
  );
  const expired = await send(sign(plane, agent, { method: 'GET', path: `${changes}&cursor=x` }));
  assert.deepEqual([expired.status, expired.json.code], [410, 'cursor-expired']);

  const filter = encodeURIComponent('userName eq "ADA@example.com"');
  const { json: found, headers } = await plane.ask('GET', `/scim/v2/Users?filter=${filter}`);
  assert.match(headers.get('content-type')!, /^application\/scim\+json/);
  const [ada] = found.Resources;
  assert.equal(ada.meta.location, `${plane.url}/scim/v2/Users/${ada.id}`);
  assert.deepEqual(
    ada.groups.map(({ display }: { display: string }) => display),
    ['staff'],
  );
  const one = await plane.ask('GET', `/scim/v2/Users/${ada.id}`);
  assert.equal(one.headers.get('etag'), ada.meta.version);
  const tag: string = ada.meta.version;
  for (const [ifNoneMatch, status] of [
    [tag, 304],
    [tag.replace(/^W\//, ''), 304],
    [`"other", ${tag}`, 304],
    ['*', 304],
    ['"other"', 200],
  ] as const) {
    const authorization = `Bearer ${plane.adminToken}`;
    const again = await fetch(`${plane.url}/scim/v2/Users/${ada.id}`, {
      headers: { authorization, 'if-none-match': ifNoneMatch },
    });
    assert.equal(again.status, status, ifNoneMatch);
    assert.equal((await again.text()) === '', status === 304);
  }
});

test('a refused SCIM request says why in the words of RFC 7644 3.12', async (t) => {
  const plane = await runControlPlane(t, { directory: directoryPart });
  const refused = await plane.ask('GET', `/scim/v2/Users?filter=${encodeURIComponent('userName is "x"')}`);
  assert.deepEqual(refused.json, {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: '400',
    scimType: 'invalidFilter',
    detail: 'Expected an operator such as eq, co or pr (column 10)',
  });
  const missing = await plane.ask('GET', '/scim/v2/Groups/nobody');
  assert.deepEqual([missing.status, missing.json.status, missing.json.scimType], [404, '404', undefined]);
});

test('S13: an agent neither exports to nor reads from the connector of another', async (t) => {
  const plane = await runControlPlane(t, { directory: directoryPart });
  const mine = await enrol(plane);
  const theirs = await enrol(plane, { name: 'other.example', kind: 'openldap' });
  const { connectorId } = theirs;
  const body = { connectorId, idempotencyKey: uuidV7(), operations: [user('ada')] };
  for (const request of [
    { method: 'POST', path: '/directory/v1/exports', body },
    { method: 'GET', path: `/directory/v1/changes?connectorId=${connectorId}` },
  ]) {
    const { status, json } = await send(sign(plane, mine, request));
    assert.deepEqual([status, json.code], [403, 'connector-not-yours']);
  }
});
