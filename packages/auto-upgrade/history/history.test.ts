import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dayFromDate } from '../campaign/calendar.ts';
import { anchorsOf } from './anchors.ts';
import { compareReleases, earliestDay, products, type ReleaseRecord, recordsOf, versionNumbers } from './history.ts';
import { publicHistory } from './public-history.ts';

test('the history has every release that is listed for each product', () => {
  const counts = products.map((product) => recordsOf(publicHistory, product).length);
  assert.deepEqual(counts, [94, 33, 21]);
});

test('each record is sound: a version, a date that exists, each version once', () => {
  for (const product of products) {
    const records = recordsOf(publicHistory, product);
    for (const {
      version,
      releasedOn,
      autoUpgradeFrom,
      autoUpgradeUntil,
      publishedSupportEnd,
      bundledHealth,
    } of records) {
      assert.ok(versionNumbers(version) !== undefined, version);
      for (const day of [
        releasedOn && earliestDay(releasedOn),
        autoUpgradeFrom,
        autoUpgradeUntil,
        publishedSupportEnd,
      ]) {
        assert.ok(day === undefined || dayFromDate(day) !== undefined, `${version}: ${day}`);
      }
      const health = recordsOf(publicHistory, 'health').map((each) => each.version);
      assert.ok(bundledHealth === undefined || health.includes(bundledHealth), `${version}: ${bundledHealth}`);
    }
    for (const [at, { version }] of records.entries()) {
      if (at > 0) assert.ok(compareReleases(records[at - 1]!.version, version) > 0, version);
    }
  }
});

test('within a generation of Connect Sync a higher version never came out earlier', () => {
  const dated = recordsOf(publicHistory, 'connect-sync').filter(({ releasedOn }) => releasedOn !== undefined);
  for (const [at, record] of dated.entries()) {
    const older = dated[at + 1];
    if (older?.version.split('.')[0] !== record.version.split('.')[0]) continue;
    const length = Math.min(record.releasedOn!.length, older!.releasedOn!.length);
    assert.ok(record.releasedOn!.slice(0, length) >= older!.releasedOn!.slice(0, length), record.version);
  }
});

test('versions are compared as numbers, with zeros in front and fields left out', () => {
  assert.ok(compareReleases('2.5.190.0', '2.5.79.0') > 0);
  assert.ok(compareReleases('4.5.2462', '4.5.2466.0') < 0);
  assert.equal(compareReleases('1.0.494.0501', '1.0.494.501'), 0);
  assert.equal(compareReleases('2.5', '2.5.0.0'), 0);
  assert.throws(() => compareReleases('4.5.x', '4.5'), TypeError);
});

test('any text is a version or is not, and no text throws', () => {
  fc.assert(fc.property(fc.string(), (text) => void versionNumbers(text)));
});

test('anchors are the digits of the version, and unique within a product', () => {
  for (const product of products) {
    const anchors = anchorsOf(publicHistory, product);
    assert.equal(new Set(anchors.values()).size, anchors.size);
    for (const [version, anchor] of anchors) assert.equal(anchor, version.replaceAll('.', ''));
  }
  assert.equal(anchorsOf(publicHistory, 'connect-sync').get('2.3.2.0'), '2320');
  // Both products have it; their pages are two.
  assert.equal(anchorsOf(publicHistory, 'connect-sync').get('1.1.281.0'), '112810');
  assert.equal(anchorsOf(publicHistory, 'cloud-sync').get('1.1.281.0'), '112810');
});

test('a later version with the same digits leaves the old anchor where it is', () => {
  const later: ReleaseRecord = {
    ...{ product: 'connect-sync', version: '2.11.6.0', releasedOn: '2027-01-01' },
    ...{ channels: [], status: 'released', notes: [] },
  };
  const anchors = anchorsOf({ ...publicHistory, records: [later, ...publicHistory.records] }, 'connect-sync');
  assert.deepEqual([anchors.get('2.1.16.0'), anchors.get('2.11.6.0')], ['21160', '2-11-6-0']);
});
