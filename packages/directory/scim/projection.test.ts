import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseProjection } from './projection.ts';
import { enterpriseUserUrn, groupResourceType, userResourceType } from './schemas.ts';
import { ScimError } from './scim-error.ts';

const user = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  id: 'u1',
  userName: 'ada@example.com',
  name: { familyName: 'Lovelace', givenName: 'Ada' },
  emails: [
    { value: 'ada@example.com', type: 'work' },
    { value: 'a@example.com', type: 'work' },
  ],
  [enterpriseUserUrn]: { department: 'Engines', employeeNumber: '1' },
};
const always = { schemas: user.schemas, id: 'u1' };

for (const row of [
  { name: 'without a wish the whole resource is shown', query: {}, shown: user },
  {
    name: 'what is asked for is shown with id and schemas',
    query: { attributes: 'userName' },
    shown: { ...always, userName: user.userName },
  },
  {
    name: 'names have no case and may have blanks around',
    query: { attributes: ' USERNAME , ' },
    shown: { ...always, userName: user.userName },
  },
  {
    name: 'a sub-attribute is shown in each value',
    query: { attributes: 'emails.value' },
    shown: { ...always, emails: [{ value: 'ada@example.com' }, { value: 'a@example.com' }] },
  },
  {
    name: 'an attribute outweighs its part',
    query: { attributes: 'name.givenName,name' },
    shown: { ...always, name: user.name },
  },
  {
    name: 'an extension attribute is shown by its URN',
    query: { attributes: `${enterpriseUserUrn}:department` },
    shown: { ...always, [enterpriseUserUrn]: { department: 'Engines' } },
  },
  {
    name: 'a whole extension is shown by its URN',
    query: { attributes: enterpriseUserUrn },
    shown: { ...always, [enterpriseUserUrn]: user[enterpriseUserUrn] },
  },
  { name: 'unknown names are passed over', query: { attributes: 'shoeSize' }, shown: always },
  {
    name: 'excluded attributes are left out',
    query: { excludedAttributes: `name,emails,${enterpriseUserUrn}` },
    shown: { ...always, userName: user.userName },
  },
  {
    name: 'an excluded part leaves the rest',
    query: { attributes: 'name', excludedAttributes: 'name.givenName' },
    shown: { ...always, name: { familyName: 'Lovelace' } },
  },
  {
    name: 'id and schemas cannot be excluded',
    query: { attributes: 'id', excludedAttributes: 'id,schemas' },
    shown: always,
  },
]) {
  test(row.name, () => assert.deepEqual(parseProjection(userResourceType, row.query).of(user), row.shown));
}

test('a projection knows beforehand what need not be read', () => {
  const wants = (query: Parameters<typeof parseProjection>[1]) =>
    parseProjection(groupResourceType, query).wants('members');
  assert.equal(wants({}), true);
  assert.equal(wants({ excludedAttributes: 'members' }), false);
  assert.equal(wants({ attributes: 'displayName' }), false);
  assert.equal(wants({ attributes: 'members.value' }), true);
  assert.equal(wants({ excludedAttributes: 'members.display' }), true);
});

test('what is no attribute path is refused', () => {
  for (const attributes of ['a b', '"x"', 'a.b.c', '__proto__']) {
    assert.throws(
      () => parseProjection(userResourceType, { attributes }),
      (error) => error instanceof ScimError && error.scimType === 'invalidPath',
    );
  }
  assert.throws(() => parseProjection(userResourceType, { attributes: 'a,'.repeat(101) }), ScimError);
});
