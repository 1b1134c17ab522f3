import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRegisterFact } from './register-fact.ts';

const id = (last: number): string => `01920000-0000-7000-8000-00000000000${last}`;
const given = {
  ...{ kind: 'connector-given', tenantId: id(1), connectorId: id(2) },
  ...{ name: 'contoso.example', connectorKind: 'openldap', agentId: id(3) },
};

test('S8: a connector that was enrolled beside another keeps its source over a restored database', () => {
  assert.deepEqual(parseRegisterFact({ ...given, sourceId: id(4) }), { ...given, sourceId: id(4) });
  assert.deepEqual(parseRegisterFact(given), given, 'one that stands alone has none, and so have facts of before');
  assert.throws(() => parseRegisterFact({ ...given, sourceId: 'x' }), /sourceId does not have its form/);
});
