/** Fuzzing of tests of rules: any text becomes tests that can be run, or is refused with its place. */
import { FakeClock } from '@springline/ports/clock';
import { SeededRandom } from '@springline/ports/random';
import { RuleError } from '../error.ts';
import { loadRuleSet } from '../out-of-box/load.ts';
import { judge } from './judge.ts';
import { parseRuleTests } from './rule-test.ts';
import { tryObject } from './try-object.ts';

const rules = loadRuleSet();
const user = 'connectorKind: active-directory, objectType: user';

export const fuzz = {
  name: 'rule-test',
  seeds: [
    `tests: [{ name: a, ${user}, attributes: { cn: A, objectGUID: { base64: AQID } }, expect: { cloud: none } }]`,
    `parameters: { p: 1 }\ntests:\n  - { name: b, ${user}, dn: CN=A, memberOf: [CN=G], expect: { metaverse: { a: [x, 1, true] } } }\n`,
    'tests:\n  - name: c\n    connectorKind: openldap\n    objectType: inetOrgPerson\n    attributes: &a { uid: [c], member: { reference: cn=x } }\n' +
      '    expect: { inScope: [X], notInScope: [Y], error: z, metaverse: *a }\n',
  ],
  run(input: Uint8Array): void {
    const text = Buffer.from(input.buffer, input.byteOffset, input.byteLength).toString('utf8');
    for (const test of parseRuleTests(text, 'tests.yaml')) {
      const context = { parameters: test.parameters, clock: new FakeClock(0), random: new SeededRandom(1) };
      judge(tryObject(rules, test.object, context), test, rules);
    }
  },
  allowed(error: unknown): boolean {
    return error instanceof RuleError;
  },
};
