import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mailAddressesOf } from './addresses.ts';
import { attributesFrom } from './cloud-object.ts';

for (const row of [
  { name: 'nothing gives no address', mail: undefined, proxies: [], shown: [] },
  { name: 'mail alone is primary', mail: 'a@x', proxies: [], shown: ['a@x'] },
  {
    name: 'SMTP: in capitals is primary, before mail',
    mail: 'a@x',
    proxies: ['smtp:c@x', 'SMTP:b@x'],
    shown: ['b@x', 'a@x', 'c@x'],
  },
  {
    name: 'without either the first proxy address is primary',
    mail: undefined,
    proxies: ['smtp:b@x', 'smtp:c@x'],
    shown: ['b@x', 'c@x'],
  },
  {
    name: 'an address is shown once, whatever its case',
    mail: 'A@x',
    proxies: ['SMTP:a@X', 'smtp:a@x'],
    shown: ['a@X'],
  },
  { name: 'other schemes are no mail', mail: undefined, proxies: ['sip:a@x', 'X500:/o=a', 'x400:b@x'], shown: [] },
  { name: 'an address without a scheme is mail', mail: undefined, proxies: ['a@x'], shown: ['a@x'] },
]) {
  test(row.name, () => {
    const mail = row.mail === undefined ? [] : [['mail', row.mail] as const];
    const addresses = mailAddressesOf(attributesFrom([...mail, ['proxyAddresses', row.proxies]]));
    assert.deepEqual(
      addresses.map(({ address }) => address),
      row.shown,
    );
    assert.deepEqual(
      addresses.map(({ primary }) => primary),
      row.shown.map((_, at) => at === 0),
    );
  });
}
