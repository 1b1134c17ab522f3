import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from './clock.ts';
import { jsonLog, type LogLevel, silentLog } from './log.ts';

const clock = new FakeClock(Date.UTC(2026, 10, 22, 14));

function lines(level?: LogLevel): { log: ReturnType<typeof jsonLog>; read: () => Record<string, unknown>[] } {
  const written: string[] = [];
  const log = jsonLog((line) => written.push(line), level, clock);
  return { log, read: () => written.map((line) => JSON.parse(line)) };
}

test('each event is one line of JSON with its time, level, name and fields', () => {
  const written: string[] = [];
  jsonLog((line) => written.push(line), 'info', clock).info('agent.enrolled', {
    agentId: 'a1',
    count: 2,
    note: 'a\nb',
  });
  assert.equal(written.length, 1);
  assert.match(written[0]!, /^[^\n]+\n$/);
  assert.deepEqual(JSON.parse(written[0]!), {
    time: '2026-11-22T14:00:00.000Z',
    level: 'info',
    event: 'agent.enrolled',
    agentId: 'a1',
    count: 2,
    note: 'a\nb',
  });
});

test('events below the level are dropped', () => {
  const { log, read } = lines('warn');
  log.debug('a');
  log.info('b');
  log.warn('c');
  log.error('d');
  assert.deepEqual(
    read().map(({ event }) => event),
    ['c', 'd'],
  );
});

test('the level is info unless said otherwise', () => {
  const { log, read } = lines();
  log.debug('a');
  log.info('b');
  assert.deepEqual(
    read().map(({ event }) => event),
    ['b'],
  );
});

test('the silent log takes everything and says nothing', () => {
  for (const level of ['debug', 'info', 'warn', 'error'] as const) assert.equal(silentLog[level]('a'), undefined);
});
