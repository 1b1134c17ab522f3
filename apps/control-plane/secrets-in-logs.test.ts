import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEnrolmentString } from '@springline/api/enrolment-string';
import { jsonLog } from '@springline/ports/log';
import { runControlPlane } from './testing/running-control-plane.ts';
import { enrol, send, sign } from './testing/signed-agent.ts';

test('whatever is asked, answered or refused, no secret reaches the log, even at its most talkative', async (t) => {
  const lines: string[] = [];
  const plane = await runControlPlane(t, { log: jsonLog((line) => lines.push(line), 'debug') });
  const { json: link } = await plane.ask('POST', '/platform/v1/sign-in-links');
  const linkToken = link.url.split('#')[1];
  const signedIn = await plane.ask('POST', '/platform/v1/session', { body: { linkToken }, headers: {} });
  const session = /=([^;]+)/.exec(signedIn.headers.get('set-cookie')!)![1]!;
  const connector = { name: 'secret-test', kind: 'ldif' };
  const { json: made } = await plane.ask('POST', '/platform/v1/enrolments', { body: { connector } });
  const { token } = parseEnrolmentString(made.enrolmentString);
  const words = { name: 'secret-test', scopes: ['read'] };
  const { json: bearer } = await plane.ask('POST', '/platform/v1/tokens', { body: words });
  const hook = { url: 'http://127.0.0.1:9/hunter2-in-a-url', allowPrivate: '127.0.0.1' };
  const { json: channel } = await plane.ask('POST', '/platform/v1/notice-channels/webhook', { body: hook });
  const tried = await plane.ask('POST', `/platform/v1/notice-channels/${channel.id}/test`);
  assert.equal(tried.json.outcome, 'failed');
  const agent = await enrol(plane);
  const handedOut = [plane.adminToken, linkToken, session, token, bearer.secret, channel.secret];
  const secrets = [...handedOut, 'hunter2-in-a-body', 'hunter2-in-a-query', 'hunter2-in-a-url'];
  // Again as malformed and refused requests, where error paths might quote them.
  for (const secret of secrets) {
    const headers = {
      authorization: `Bearer ${secret}x`,
      cookie: `springline_session=${secret}; springline_session=x`,
    };
    await plane.ask('GET', `/platform/v1/audit?after=${secret}`, { headers });
    await plane.ask('POST', '/platform/v1/session', { body: `{"linkToken": ${secret}`, headers: {} });
    await plane.ask('POST', '/platform/v1/enrolments', { body: { connector: { name: secret, kind: secret } } });
    await plane.ask('GET', `/nothing/${secret}`);
    await plane.ask('GET', `/scim/v2/Users?filter=${secret}`);
    await send(sign(plane, agent, { method: 'POST', path: '/platform/v1/heartbeat', body: { hostName: secret } }));
  }
  for (const secret of secrets) assert.ok(!lines.join('').includes(secret), secret);
});
