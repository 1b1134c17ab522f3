import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireService } from '@springline/tools/services/catalogue';
import { RunningUp, temporaryHome } from '../testing/running-up.ts';

test('a real Active Directory over LDAPS reaches the cloud directory and stays in step', async (t) => {
  const ad = await requireService(t, 'samba-ad');
  if (ad === undefined) return;
  const base = await ad.subtree('UpTest');
  const people = 60;
  const dnOf = (n: number): string => `CN=Person ${n},${base}`;
  const entries = Array.from({ length: people }, (_, n) =>
    [
      `dn: ${dnOf(n)}`,
      'objectClass: user',
      `sAMAccountName: p${n}`,
      `userPrincipalName: p${n}@corp.example`,
      `displayName:: ${Buffer.from(`Zoë ${n}`).toString('base64')}`,
      `mail: p${n}@corp.example`,
      `userAccountControl: ${n % 10 === 3 ? 546 : 544}`,
      ...(n > 0 ? [`manager: ${dnOf(0)}`] : []),
    ].join('\n'),
  );
  const members = Array.from({ length: people }, (_, n) => `member: ${dnOf(n)}`);
  entries.push(
    [
      `dn: CN=Everybody,${base}`,
      'objectClass: group',
      'sAMAccountName: up-everybody',
      'groupType: -2147483646',
      ...members,
    ].join('\n'),
  );
  entries.push(
    [
      `dn: CN=Nested,${base}`,
      'objectClass: group',
      'sAMAccountName: up-nested',
      'groupType: -2147483640',
      `member: CN=Everybody,${base}`,
    ].join('\n'),
  );
  await ad.apply(`${entries.join('\n\n')}\n`);

  const up = await RunningUp.start(t, temporaryHome(t), [
    ...['--ldap', ad.ldapsUrl, '--ca', ad.caFile, '--base', base, '--interval', '5'],
    ...['--bind-dn', ad.syncDn, '--bind-dn-password-file', ad.syncPasswordFile],
  ]);
  assert.match(up.output, new RegExp(`users=${people} groups=2$`, 'm'));
  const [person] = await up.find('Users', 'userName eq "p13@corp.example"');
  assert.equal(person?.displayName, 'Zoë 13');
  assert.equal(person?.active, false);
  assert.equal(Buffer.from(person.externalId, 'base64').length, 16, 'the source anchor is the objectGUID');
  const [everybody] = await up.find('Groups', 'displayName eq "Everybody"');
  const [nested] = await up.find('Groups', 'displayName eq "Nested"');
  assert.equal(((await up.scim(`Groups/${everybody!.id}`))['members'] as unknown[]).length, people);
  assert.deepEqual(
    ((await up.scim(`Groups/${nested!.id}`))['members'] as { value: string }[]).map(({ value }) => value),
    [everybody!.id],
  );

  await ad.apply(
    [
      `dn: ${dnOf(1)}\nchangetype: modify\nreplace: title\ntitle: Engineer`,
      `dn: ${dnOf(2)}\nchangetype: modrdn\nnewrdn: CN=Somebody Else\ndeleteoldrdn: 1`,
      `dn: ${dnOf(4)}\nchangetype: delete`,
    ].join('\n\n'),
  );
  await up.until(async () => {
    const changed = await up.find('Users', 'title eq "Engineer"');
    const gone = await up.find('Users', 'userName eq "p4@corp.example"');
    return changed.length === 1 && gone.length === 0 ? true : undefined;
  }, 'the changes');
  assert.equal((await up.scim('Users?count=0'))['totalResults'], people - 1);
  const after = (await up.scim(`Groups/${everybody!.id}`))['members'] as { value: string }[];
  assert.equal(after.length, people - 1, 'the renamed user is still a member, the deleted one is not');
});

test('the whole domain is read without its system accounts', async (t) => {
  const ad = await requireService(t, 'samba-ad');
  if (ad === undefined) return;
  const up = await RunningUp.start(t, temporaryHome(t), [
    ...['--ldap', ad.ldapsUrl, '--ca', ad.caFile, '--base', ad.baseDn],
    ...['--bind-dn', ad.syncDn, '--bind-dn-password-file', ad.syncPasswordFile],
  ]);
  const names = [...(await up.all('Users')).values()].map(({ userName }) => userName?.split('@')[0]?.toLowerCase());
  assert.ok(names.includes('svc-read'));
  for (const system of ['administrator', 'guest', 'krbtgt']) assert.ok(!names.includes(system), system);
  const groups = [...(await up.all('Groups')).values()].map(({ displayName }) => displayName);
  assert.ok(!groups.includes('Domain Admins'));
});
