import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HomeView } from '@springline/api/shapes/person';
import { type Cleanup, type RunningControlPlane, runControlPlane } from '../testing/running-control-plane.ts';
import { enrol, send, sign } from '../testing/signed-agent.ts';

/** Reads a stream event by event, as EventSource does. */
class Events {
  readonly response: Response;
  readonly #text: ReadableStreamDefaultReader<string>;
  #buffer = '';

  constructor(response: Response) {
    this.response = response;
    this.#text = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next `home` event; undefined at the end of the stream. Comments are passed over. */
  async next(): Promise<HomeView | undefined> {
    for (;;) {
      const end = this.#buffer.indexOf('\n\n');
      if (end >= 0) {
        const block = this.#buffer.slice(0, end);
        this.#buffer = this.#buffer.slice(end + 2);
        const data = /^event: home\ndata: (.*)$/.exec(block)?.[1];
        if (data !== undefined) return JSON.parse(data);
      } else {
        const { done, value } = await this.#text.read();
        if (done) return undefined;
        this.#buffer += value;
      }
    }
  }

  close(): Promise<void> {
    return this.#text.cancel();
  }
}

async function watch(t: Cleanup, plane: RunningControlPlane, headers?: Record<string, string>): Promise<Events> {
  const response = await fetch(`${plane.url}/platform/v1/home/events`, {
    headers: headers ?? { authorization: `Bearer ${plane.adminToken}` },
  });
  const events = new Events(response);
  t.after(() => events.close().catch(() => undefined));
  return events;
}

async function signIn(plane: RunningControlPlane): Promise<Record<string, string>> {
  const { json } = await plane.ask('POST', '/platform/v1/sign-in-links');
  const body = { linkToken: json.url.split('#')[1] };
  const answer = await plane.ask('POST', '/platform/v1/session', { body, headers: {} });
  return { cookie: answer.headers.get('set-cookie')!.split(';')[0]!, origin: plane.url };
}

const heartbeat = (hostName: string) => ({
  method: 'POST',
  path: '/platform/v1/heartbeat',
  body: { hostName, components: [] },
});

test('a stream shows the home page at once, and again when it changed', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  const events = await watch(t, plane);
  assert.equal(events.response.headers.get('content-type'), 'text/event-stream');
  assert.deepEqual(await events.next(), (await plane.ask('GET', '/platform/v1/home')).json);
  await send(sign(plane, agent, heartbeat('renamed')));
  const changed = await events.next();
  assert.equal(changed!.agents[0]!.hostName, 'renamed');
  assert.equal(changed!.agents[0]!.state, 'online');
});

test('many changes at once come as few events, and the last state always comes', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  const events = await watch(t, plane);
  await events.next();
  for (let i = 1; i <= 40; i++) await send(sign(plane, agent, heartbeat(`host-${i}`)));
  let seen = 0;
  for (let last = ''; last !== 'host-40'; seen++) last = (await events.next())!.agents[0]!.hostName;
  assert.ok(seen < 20, `${seen} events for 40 changes`);
});

test('a stream ends when its session is signed out, and when the session ends by itself', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  const [out, idle] = [await signIn(plane), await signIn(plane)];
  const [first, second] = [await watch(t, plane, out), await watch(t, plane, idle)];
  assert.ok(await first.next());
  assert.ok(await second.next());
  await plane.ask('DELETE', '/platform/v1/session', { headers: out });
  assert.equal(await first.next(), undefined);
  plane.clock.advance(30 * 60_000);
  // A change wakes the stream before its own round would.
  await send(sign(plane, agent, heartbeat('later')));
  assert.equal(await second.next(), undefined);
  assert.equal((await watch(t, plane, idle)).response.status, 401);
});

test('one person may watch from a few pages and not from any number', async (t) => {
  const plane = await runControlPlane(t);
  const open = await Promise.all(Array.from({ length: 8 }, () => watch(t, plane)));
  for (const events of open) assert.ok(await events.next());
  const refused = await watch(t, plane);
  assert.equal(refused.response.status, 429);
  assert.ok(Number(refused.response.headers.get('retry-after')) > 0);
  const { text } = await plane.ask('GET', '/metrics');
  assert.match(text, /^springline_open_streams 8$/m);
});

test('closing a page makes room for another', async (t) => {
  const plane = await runControlPlane(t);
  const open = await Promise.all(Array.from({ length: 8 }, () => watch(t, plane)));
  await open[0]!.close();
  for (;;) {
    const events = await watch(t, plane);
    if (events.response.status === 200) break;
    await events.next();
  }
});

test('closing the server ends the streams', async (t) => {
  const plane = await runControlPlane(t);
  const events = await watch(t, plane);
  assert.ok(await events.next());
  await plane.close();
  assert.equal(await events.next(), undefined);
});
