/**
 * Joins that cannot be made when an object is first looked at, and can be made later: what is there is found whatever
 * the order in which rules, values and objects came.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cloudAnchors, faultCodes, inCloud, rowOf } from '../../testing/bench-looks.ts';
import { anchor, type SyncBench, user } from '../../testing/sync-bench.ts';
import { inCorp, joinedBy, ofOther, other, same, twoForests } from '../../testing/two-forests.ts';

const byMail = joinedBy([same('mail')]);
const ambiguous = 'ambiguous-import-flow-from-multiple-connectors';

/** DN of the user of corp that a user of the other forest is joined to. */
function joinedTo(bench: SyncBench, n: number): string | undefined {
  const mv = rowOf(bench, 'other', other.dnOf(n))?.mv;
  return mv == null ? undefined : bench.store.linkedRows(mv).find(({ dn }) => dn.endsWith('DC=corp,DC=example'))?.dn;
}

test('a rule that joins by another attribute than before joins what was there already', async () => {
  const bench = twoForests(byMail, {
    corp: [user(1, { mail: 'a@corp.example', employeeID: '5' })],
    other: [ofOther(101, { mail: 'z@other.example', employeeID: '5' })],
  });
  await bench.cycle();
  assert.equal(joinedTo(bench, 101), undefined);
  bench.setRules(joinedBy([same('employeeID')]));
  await bench.cycle();
  assert.equal(joinedTo(bench, 101), inCorp(1));
  assert.deepEqual(inCloud(bench, anchor(1))?.attributes['info'], ['joined user101']);
});

test('a join rule that is added beside the others finds objects that did not change since', async () => {
  const bench = twoForests(byMail, {
    corp: [user(1, { employeeID: '5' }), user(2, { mail: 'b@corp.example' })],
    other: [ofOther(101, { employeeID: '5' }), ofOther(102, { mail: 'b@corp.example' })],
  });
  await bench.cycle();
  bench.setRules(joinedBy([same('mail')], [same('employeeID')]));
  await bench.cycle();
  assert.equal(joinedTo(bench, 101), inCorp(1));
  assert.equal(joinedTo(bench, 102), inCorp(2));
});

test('a value by which nothing joins any more finds nothing when it is joined by again later', async () => {
  const bench = twoForests(byMail, { corp: [user(1, { mail: 'a@corp.example', employeeID: '5' })], other: [] });
  await bench.cycle();
  bench.setRules(joinedBy([same('employeeID')]));
  await bench.cycle();
  bench.put(user(1, { mail: 'new@corp.example', employeeID: '5' }));
  await bench.cycle();
  bench.setRules(byMail);
  bench.directory('other').put(ofOther(101, { mail: 'a@corp.example' }), ofOther(102, { mail: 'new@corp.example' }));
  await bench.cycle();
  assert.equal(joinedTo(bench, 101), undefined);
  assert.equal(joinedTo(bench, 102), inCorp(1));
});

test('a join by two values is made when the second appears later', async () => {
  const bench = twoForests(joinedBy([same('mail'), same('employeeID')]), {
    corp: [user(1, { mail: 'a@corp.example' })],
    other: [ofOther(101, { mail: 'a@corp.example', employeeID: '5' })],
  });
  await bench.cycle();
  assert.equal(joinedTo(bench, 101), undefined);
  bench.put(user(1, { mail: 'a@corp.example', employeeID: '5' }));
  await bench.cycle();
  assert.equal(joinedTo(bench, 101), inCorp(1));
});

test('a join is made when one of two objects that matched is deleted', async () => {
  const bench = twoForests(byMail, {
    corp: [user(1, { mail: 'a@corp.example' }), user(2, { mail: 'a@corp.example' }), user(3), user(4), user(5)],
    other: [ofOther(101, { mail: 'a@corp.example' })],
  });
  await bench.cycle();
  assert.equal(joinedTo(bench, 101), undefined);
  bench.drop(inCorp(2));
  await bench.cycle();
  assert.equal(joinedTo(bench, 101), inCorp(1));
});

test('a join is made when one of two objects that matched gets another value', async () => {
  const bench = twoForests(byMail, {
    corp: [user(1, { mail: 'a@corp.example' }), user(2, { mail: 'a@corp.example' })],
    other: [ofOther(101, { mail: 'a@corp.example' })],
  });
  await bench.cycle();
  bench.put(user(1, { mail: 'b@corp.example' }));
  await bench.cycle();
  assert.equal(joinedTo(bench, 101), inCorp(2));
});

test('among many objects that share the first value, the second finds the right one', async () => {
  const people = Array.from({ length: 60 }, (_, at) => user(at + 1, { department: 'Sales', employeeID: `${at + 1}` }));
  const bench = twoForests(joinedBy([same('department'), same('employeeID')]), {
    corp: people,
    other: [ofOther(101, { department: 'Sales', employeeID: '60' })],
  });
  await bench.cycle();
  assert.equal(joinedTo(bench, 101), inCorp(60));
});

test('among many objects of which two match, none is joined', async () => {
  const people = Array.from({ length: 60 }, (_, at) =>
    user(at + 1, { department: 'Sales', employeeID: at < 58 ? `${at + 1}` : 'twice' }),
  );
  const bench = twoForests(joinedBy([same('department'), same('employeeID')]), {
    corp: people,
    other: [ofOther(101, { department: 'Sales', employeeID: 'twice' })],
  });
  await bench.cycle();
  assert.equal(joinedTo(bench, 101), undefined);
  assert.equal(cloudAnchors(bench).length, 60);
});

test('the fault of an ambiguous join goes when the object looks for something else', async () => {
  const bench = twoForests(byMail, {
    corp: [user(1, { mail: 'a@corp.example' })],
    other: [ofOther(101, { mail: 'a@corp.example' }), ofOther(102, { mail: 'a@corp.example' })],
  });
  const first = await bench.cycle();
  assert.deepEqual(faultCodes(bench), [ambiguous]);
  assert.equal(first.result, 'completed-sync-errors');
  bench.directory('other').put(ofOther(102, { mail: 'nobody@other.example' }));
  const second = await bench.cycle();
  assert.deepEqual(faultCodes(bench), []);
  assert.equal(second.result, 'success');
});

test('the fault of an ambiguous join goes when what both matched has another value', async () => {
  const bench = twoForests(byMail, {
    corp: [user(1, { mail: 'a@corp.example' }), user(3, { mail: 'c@corp.example' })],
    other: [ofOther(101, { mail: 'a@corp.example' }), ofOther(102, { mail: 'a@corp.example' })],
  });
  await bench.cycle();
  bench.put(user(1, { mail: 'b@corp.example' }));
  await bench.cycle();
  assert.deepEqual(faultCodes(bench), []);
});
