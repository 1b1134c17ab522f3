import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import { encodeEntry } from '../../../attribute-list/encode.ts';
import { CookieRefusedError } from '../../../source.ts';
import { BerError } from '../../ber.ts';
import { decodeEntry } from '../../decode-entry.ts';
import { DirSyncProgress } from './dirsync.ts';
import { dirSyncControl, readDirSyncAnswer } from './dirsync-control.ts';
import { type CookieOrigin, checkOrigin, type DomainFacts } from './domain-facts.ts';
import { projected } from './projection.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

test('a request asks for values of links, and for what the account may read where it must', () => {
  assert.deepEqual(dirSyncControl(new Uint8Array(0), false).value, hex('300e 020480000000 020400989680 0400'));
  assert.deepEqual(dirSyncControl(hex('aabb'), true).value, hex('3010 020480000001 020400989680 0402aabb'));
  assert.equal(dirSyncControl(hex(''), true).critical, true);
});

test('an answer says whether there is more, and where to go on', () => {
  assert.deepEqual(readDirSyncAnswer(hex('300a 020101 020100 0402aabb')), {
    hasMore: true,
    cookie: new Uint8Array(hex('aabb')),
  });
  assert.deepEqual(readDirSyncAnswer(hex('3008 020100 020100 0400')), { hasMore: false, cookie: new Uint8Array(0) });
  assert.throws(() => readDirSyncAnswer(hex('3006 020100 020100')), BerError);
});

test('a server that answers without coming to an end is left', () => {
  const progress = new DirSyncProgress('ldap://dc');
  const cookie = new Uint8Array([1]);
  progress.answered({ hasMore: true, cookie }, 0);
  assert.throws(() => progress.answered({ hasMore: true, cookie }, 0), { code: 'ldap-incomplete' });
});

test('what DirSync adds by itself is cut away, and parts of attributes stay', () => {
  const raw = encodeEntry({
    dn: 'CN=g,DC=x',
    attributes: new Map([
      ['objectGUID', [new Uint8Array(16)]],
      ['instanceType', ['4']],
      ['member;range=1-1', ['CN=a']],
      ['description', []],
      ['parentGUID', [new Uint8Array(16)]],
    ]),
  });
  const names = new Set(['objectguid', 'member', 'description']);
  const cut = projected(raw, names, 'objectGUID')!;
  assert.equal(cut.hasParts, true);
  assert.equal(decodeEntry(cut.raw).dn, 'CN=g,DC=x');
  const text = cut.raw.bytes.toString('latin1');
  assert.match(text, /objectGUID.*member;range=1-1.*CN=a.*description/s);
  assert.doesNotMatch(text, /instanceType|parentGUID/);
  assert.equal(projected(raw, new Set(['description']), 'objectGUID')?.hasParts, false);
  assert.equal(projected(raw, new Set(['objectguid', 'mail']), 'objectGUID'), undefined);
});

const day = 24 * 60 * 60_000;
const now: DomainFacts = {
  root: 'DC=x',
  server: 'dc1',
  highestUsn: 100n,
  time: (1_000 * day) as EpochMs,
  tombstoneLifetimeMs: 180 * day,
};
const good: CookieOrigin = { server: 'dc1', highestUsn: 100n, time: 999 * day };

for (const { name, origin, isSwept = false, refused } of [
  { name: 'a cookie of this server and of yesterday counts', origin: good },
  { name: 'a cookie of a day less than tombstones are kept counts', origin: { ...good, time: 821 * day } },
  {
    name: 'a cookie that tombstones of its time may be missing for does not',
    origin: { ...good, time: 821 * day - 1 },
    refused: true,
  },
  {
    name: 'a cookie of a later state of the same server does not count',
    origin: { ...good, highestUsn: 101n },
    refused: true,
  },
  { name: 'update numbers of another server say nothing', origin: { ...good, server: 'dc2', highestUsn: 9_000n } },
  {
    name: 'what another server holds is not compared with what this one shows',
    origin: { ...good, server: 'dc2' },
    isSwept: true,
    refused: true,
  },
] as { name: string; origin: CookieOrigin; isSwept?: boolean; refused?: boolean }[]) {
  test(name, () => {
    if (refused === true) assert.throws(() => checkOrigin(origin, now, isSwept), CookieRefusedError);
    else checkOrigin(origin, now, isSwept);
  });
}
