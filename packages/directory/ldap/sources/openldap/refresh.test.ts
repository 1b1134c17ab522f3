import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeEntry } from '../../../attribute-list/encode.ts';
import { BerError, BerWriter } from '../../ber.ts';
import { type Control, type ControlReader, readControls, writeControls } from '../../control.ts';
import { Refresh } from './refresh.ts';
import {
  readSyncDone,
  readSyncInfo,
  readSyncState,
  syncDoneOid,
  syncInfoOid,
  syncRequestControl,
  syncStateOid,
} from './sync-controls.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const uuid = (digit: string): string => digit.repeat(32);
const cookie = '7269643d30'; // rid=0

test('a request names its mode, and a cookie where there is one', () => {
  assert.deepEqual(syncRequestControl('refreshOnly', undefined).value, hex('30 03 0a0101'));
  const control = syncRequestControl('refreshAndPersist', hex(cookie));
  assert.deepEqual(control.value, hex(`30 0a 0a0103 0405${cookie}`));
  assert.equal(control.critical, true, 'a server that does not know it must not answer a plain search');
});

test('a sync state says what became of which object, with or without a cookie', () => {
  for (const [number, state] of ['present', 'add', 'modify', 'delete'].entries()) {
    const read = readSyncState(hex(`30 15 0a010${number} 0410${uuid('a')}`));
    assert.deepEqual(read, { state, anchor: new Uint8Array(hex(uuid('a'))), cookie: undefined });
  }
  const read = readSyncState(hex(`30 1c 0a0101 0410${uuid('b')} 0405${cookie}`));
  assert.deepEqual(read.cookie, new Uint8Array(hex(cookie)));
});

test('the end of a refresh has a cookie and a way, and neither has to be there', () => {
  assert.deepEqual(readSyncDone(hex('3000')), { cookie: undefined, refreshDeletes: false });
  assert.deepEqual(readSyncDone(hex('3003 0101ff')), { cookie: undefined, refreshDeletes: true });
  assert.deepEqual(readSyncDone(hex(`300a 0405${cookie} 010100`)), {
    cookie: new Uint8Array(hex(cookie)),
    refreshDeletes: false,
  });
});

test('a message between entries is one of four kinds, and others are passed over', () => {
  const given = new Uint8Array(hex(cookie));
  const anchors = [new Uint8Array(hex(uuid('a'))), new Uint8Array(hex(uuid('b')))];
  const ids = `3124 0410${uuid('a')} 0410${uuid('b')}`;
  assert.deepEqual(readSyncInfo(hex(`8005${cookie}`)), { kind: 'new-cookie', cookie: given });
  assert.deepEqual(readSyncInfo(hex('a100')), { kind: 'refresh-delete', cookie: undefined, refreshDone: true });
  assert.deepEqual(readSyncInfo(hex(`a20a 0405${cookie} 010100`)), {
    kind: 'refresh-present',
    cookie: given,
    refreshDone: false,
  });
  assert.deepEqual(readSyncInfo(hex(`a326 ${ids}`)), {
    kind: 'id-set',
    cookie: undefined,
    refreshDeletes: false,
    anchors,
  });
  assert.deepEqual(readSyncInfo(hex(`a330 0405${cookie} 0101ff ${ids}`)), {
    kind: 'id-set',
    cookie: given,
    refreshDeletes: true,
    anchors,
  });
  assert.equal(readSyncInfo(hex('a400')), undefined);
});

test('a control that is cut off, or an identifier that is none, is not read', () => {
  for (const bytes of [
    `3015 0a0104 0410${uuid('a')}`,
    '3007 0a0101 04020102',
    `3015 0a0101 0410${uuid('a').slice(2)}`,
  ]) {
    assert.throws(() => readSyncState(hex(bytes)), BerError);
  }
  assert.throws(() => readSyncInfo(hex('a307 3105 0403616263')), BerError);
  assert.throws(() => readSyncDone(hex('30820500')), BerError);
});

function withControl(oid: string, value: Buffer): ControlReader {
  const writer = new BerWriter();
  const control: Control = { oid, critical: false, value };
  writeControls(writer, [control]);
  const bytes = writer.finish();
  return readControls(bytes, 0, bytes.length, 10);
}

const raw = encodeEntry({ dn: 'cn=a', attributes: new Map() });

function begun() {
  const told: string[] = [];
  const name = (anchor: Uint8Array): string => Buffer.from(anchor).toString('hex').slice(0, 1);
  const refresh = new Refresh({
    entry: (_, anchor) => told.push(`entry ${name(anchor)}`),
    gone: (anchor) => told.push(`gone ${name(anchor)}`),
    present: (anchor) => told.push(`present ${name(anchor)}`),
  });
  return {
    told,
    refresh,
    entry: (state: number, digit: string) =>
      refresh.entry(raw, withControl(syncStateOid, hex(`3015 0a010${state} 0410${uuid(digit)}`))),
    info: (bytes: string) => refresh.intermediate(syncInfoOid, hex(bytes)),
    done: (bytes: string) => refresh.done(withControl(syncDoneOid, hex(bytes))),
  };
}

test('a delete phase names what is gone, so nothing else is', () => {
  const { told, refresh, entry, info, done } = begun();
  entry(2, 'a');
  entry(3, 'b');
  info(`a317 0101ff 3112 0410${uuid('c')}`);
  info('a103 010100');
  done(`300a 0405${cookie} 0101ff`);
  assert.deepEqual(told, ['entry a', 'gone b', 'gone c']);
  assert.equal(refresh.hasPresentPhase, false);
  assert.deepEqual(refresh.cookie, new Uint8Array(hex(cookie)));
});

test('a present phase names what is there, so everything else is gone', () => {
  const { told, refresh, entry, info, done } = begun();
  entry(0, 'a');
  info(`a314 3112 0410${uuid('b')}`);
  entry(1, 'c');
  done('3000');
  assert.deepEqual(told, ['present a', 'present b', 'entry c']);
  assert.equal(refresh.hasPresentPhase, true);
});

test('a present phase without anything present is one: the end says so', () => {
  const { refresh, done } = begun();
  done('3000');
  assert.equal(refresh.hasPresentPhase, true);
});

test('a delete phase behind a present phase does not make it whole', () => {
  const { refresh, entry, info, done } = begun();
  entry(0, 'a');
  info('a203 010100');
  assert.equal(refresh.isRefreshed, false);
  info('a100');
  assert.equal(refresh.isRefreshed, true);
  done('3003 0101ff');
  assert.equal(refresh.hasPresentPhase, true);
});

test('an entry without its sync state, or an end without its control, ends the read', () => {
  const { refresh } = begun();
  const none = withControl('1.2.3', hex('00'));
  assert.throws(() => refresh.entry(raw, none), BerError);
  assert.throws(() => refresh.done(none), BerError);
  refresh.intermediate('1.2.3', hex('ff'));
});
