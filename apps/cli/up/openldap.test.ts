import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireService } from '@springline/tools/services/catalogue';
import { RunningUp, temporaryHome } from '../testing/running-up.ts';

const people = 1_000;
const perGroup = 50;

test('a real OpenLDAP with 1,000 users reaches the cloud directory and stays in step', async (t) => {
  const ldap = await requireService(t, 'openldap');
  if (ldap === undefined) return;
  const base = await ldap.subtree('up-thousand');
  const dnOf = (n: number): string => `uid=u${n},${base}`;
  const entries: string[] = [];
  for (let n = 0; n < people; n++) {
    entries.push(
      [
        `dn: ${dnOf(n)}`,
        'objectClass: inetOrgPerson',
        `uid: u${n}`,
        `cn: Person ${n}`,
        `sn:: ${Buffer.from(`Größe ${n}`).toString('base64')}`,
        `mail: u${n}@example.test`,
        ...(n > 0 ? [`manager: ${dnOf(Math.floor((n - 1) / 8))}`] : []),
        'userPassword: never-read-this',
      ].join('\n'),
    );
  }
  for (let g = 0; g < people / perGroup; g++) {
    const members = Array.from({ length: perGroup }, (_, n) => `member: ${dnOf(g * perGroup + n)}`);
    const nested = g > 0 ? [`member: cn=g${g - 1},${base}`] : [];
    entries.push([`dn: cn=g${g},${base}`, 'objectClass: groupOfNames', `cn: g${g}`, ...members, ...nested].join('\n'));
  }
  await ldap.apply(`${entries.join('\n\n')}\n`);

  const home = temporaryHome(t);
  const up = await RunningUp.start(t, home, [
    ...['--ldap', ldap.ldapsUrl, '--ca', ldap.caFile, '--base', base, '--interval', '5'],
    ...['--bind-dn', ldap.syncDn, '--bind-dn-password-file', ldap.syncPasswordFile],
  ]);
  assert.match(up.output, new RegExp(`users=${people} groups=${people / perGroup}$`, 'm'));

  const [person] = await up.find('Users', 'userName eq "u77@example.test"');
  assert.equal((person!['name'] as { familyName: string }).familyName, 'Größe 77');
  const [manager] = await up.find('Users', 'userName eq "u9@example.test"');
  const enterprise = person!['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'] as {
    manager: { value: string };
  };
  assert.equal(enterprise.manager.value, manager!.id);
  for (const group of (await up.all('Groups')).values()) {
    const { members } = await up.scim(`Groups/${group.id}`);
    assert.equal((members as unknown[]).length, group.displayName === 'g0' ? perGroup : perGroup + 1);
  }

  await ldap.apply(
    [
      `dn: ${dnOf(5)}\nchangetype: modify\nreplace: cn\ncn: Renamed Person`,
      `dn: ${dnOf(6)}\nchangetype: modrdn\nnewrdn: uid=moved\ndeleteoldrdn: 0`,
      `dn: ${dnOf(999)}\nchangetype: delete`,
    ].join('\n\n'),
  );
  await up.until(async () => {
    const changed = await up.find('Users', 'displayName eq "Renamed Person"');
    const gone = await up.find('Users', 'userName eq "u999@example.test"');
    return changed.length === 1 && gone.length === 0 ? true : undefined;
  }, 'the changes');
  const { totalResults } = await up.scim('Users?count=0');
  assert.equal(totalResults, people - 1, 'a renamed entry stays one person');
});
