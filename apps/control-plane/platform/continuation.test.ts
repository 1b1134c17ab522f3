import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Beat, isRecent, judgeContinuation, type KeptContinuation } from './continuation.ts';

const fresh: KeptContinuation = { current: null, beats: [] };
const after: KeptContinuation = {
  current: 'c4',
  beats: [
    { presented: 'c3', nonce: 'n3' },
    { presented: 'c2', nonce: 'n2' },
    { presented: undefined, nonce: 'n1' },
  ],
};

for (const row of [
  { name: 'a home that was given nothing yet goes on', kept: fresh, beat: { nonce: 'n' }, kind: 'goes-on' },
  {
    name: 'whoever presents what was given last goes on',
    kept: after,
    beat: { presented: 'c4', nonce: 'n4' },
    kind: 'goes-on',
  },
  {
    name: 'after a person resolved a conflict any home goes on',
    kept: fresh,
    beat: { presented: 'c9', nonce: 'n' },
    kind: 'goes-on',
  },
  {
    name: 'the same pair as last time means that the answer was lost',
    kept: after,
    beat: { presented: 'c3', nonce: 'n3' },
    kind: 'repeated',
  },
  { name: 'an older pair was overtaken on its way', kept: after, beat: { presented: 'c2', nonce: 'n2' }, kind: 'late' },
  { name: 'a first heartbeat may be overtaken too', kept: after, beat: { nonce: 'n1' }, kind: 'late' },
  {
    name: 'the last one with another nonce is a copy',
    kept: after,
    beat: { presented: 'c3', nonce: 'n9' },
    kind: 'stale',
  },
  {
    name: 'one of a month ago is a home that was put back',
    kept: after,
    beat: { presented: 'c0', nonce: 'n0' },
    kind: 'stale',
  },
  { name: 'a home that lost what it was given is not believed', kept: after, beat: { nonce: 'n9' }, kind: 'stale' },
] satisfies { name: string; kept: KeptContinuation; beat: Beat; kind: string }[]) {
  test(`S16: ${row.name}`, () => assert.equal(judgeContinuation(row.kept, row.beat, 'fresh').kind, row.kind));
}

test('S16: who speaks beside the heartbeats may be one of them behind, and no further', () => {
  assert.deepEqual(
    ['c4', 'c3', 'c2', undefined].map((presented) => isRecent(after, presented)),
    [true, true, false, false],
  );
  assert.equal(isRecent(fresh, undefined), true);
});

/** The control plane and homes, as far as continuations go. */
class World {
  kept: KeptContinuation = fresh;
  isConflicted = false;
  #count = 0;

  newHome(): Beat {
    return { nonce: this.#next() };
  }

  /** Sends what the home presents; the home as it is after the answer, which may be lost. */
  beat(home: Beat, isLost: boolean): Beat {
    const verdict = judgeContinuation(this.kept, home, this.#next());
    if (verdict.kind === 'stale') this.isConflicted = true;
    if (verdict.kind === 'goes-on') this.kept = verdict.kept;
    const given =
      verdict.kind === 'goes-on' ? verdict.kept.current! : verdict.kind === 'repeated' ? verdict.current : undefined;
    return isLost || given === undefined ? home : { presented: given, nonce: this.#next() };
  }

  #next(): string {
    this.#count += 1;
    return `x${this.#count}`;
  }
}

test('S16: lost answers, kills and late repetitions raise no conflict', () => {
  const steps = fc.array(fc.constantFrom('beat', 'lost', 'late'), { maxLength: 60 });
  fc.assert(
    fc.property(steps, (sequence) => {
      const world = new World();
      let home = world.newHome();
      const sent: Beat[] = [];
      for (const step of sequence) {
        // What was sent before and waited somewhere on its way; nobody listens to its answer any more.
        if (step === 'late' && sent.length > 0) world.beat(sent[Math.max(0, sent.length - 3)]!, true);
        if (step === 'late') continue;
        sent.push(home);
        home = world.beat(home, step === 'lost');
      }
      assert.equal(world.isConflicted, false);
    }),
  );
});

test('S16: a copy is found out whenever it was made, within five heartbeats of both', () => {
  const count = fc.nat({ max: 12 });
  const turns = fc.array(fc.boolean(), { minLength: 0, maxLength: 10 });
  fc.assert(
    fc.property(count, fc.boolean(), turns, (beats, isLost, order) => {
      const world = new World();
      let original = world.newHome();
      for (let at = 0; at < beats; at++) original = world.beat(original, false);
      if (isLost) world.beat(original, true);
      let copy = original;
      const both = [...order, ...Array.from({ length: 10 }, (_, at) => at % 2 === 0)];
      for (const isCopy of both) {
        if (isCopy) copy = world.beat(copy, false);
        else original = world.beat(original, false);
      }
      assert.equal(world.isConflicted, true);
    }),
  );
});
