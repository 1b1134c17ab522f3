import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leaseOfBatch, sourceIdentity } from './export-lease.ts';

test('two servers of one directory name it alike, however their administrators wrote it', () => {
  const names = [
    [{ kind: 'openldap', baseDn: 'dc=contoso,dc=example' }],
    [{ kind: 'openldap', baseDn: 'DC=Contoso, DC=Example' }],
    [
      { kind: 'openldap', baseDn: 'dc=contoso,dc=example' },
      { kind: 'openldap', baseDn: 'DC=contoso,dc=example' },
    ],
  ].map(sourceIdentity);
  assert.equal(new Set(names).size, 1, names.join('\n'));
});

test('servers of other directories, or of more of them, name another source', () => {
  const contoso = { kind: 'active-directory', baseDn: 'dc=contoso,dc=example' };
  const fabrikam = { kind: 'active-directory', baseDn: 'dc=fabrikam,dc=example' };
  const names = [[contoso], [fabrikam], [contoso, fabrikam], [{ ...contoso, kind: 'openldap' }]].map(sourceIdentity);
  assert.equal(new Set(names).size, 4);
  assert.equal(sourceIdentity([fabrikam, contoso]), sourceIdentity([contoso, fabrikam]));
  assert.equal(sourceIdentity([{ kind: 'csv' }]), undefined, 'files alone say nothing');
  assert.notEqual(sourceIdentity([contoso, { kind: 'csv' }]), sourceIdentity([contoso]));
  const many = Array.from({ length: 100 }, (_, at) => ({ ...contoso, baseDn: `dc=d${at},dc=example` }));
  assert.match(sourceIdentity(many)!, /^sha256:[0-9a-f]{64}$/, 'and never more than the wire carries');
});

test('a batch carries the lease, and nothing where the control plane knows of none', () => {
  const lease = { bootNonce: '01920000-0000-7000-8000-000000000001', fencing: 7 };
  assert.deepEqual(leaseOfBatch({ lease }), { lease });
  assert.deepEqual(leaseOfBatch({ lease: undefined }), {});
});
