import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { addressClass } from './address.ts';
import { openSocket, resolveAllowed } from './connect.ts';
import { parseDestination } from './destination.ts';

const never = new AbortController().signal;
const parse = (url: string, allow?: string) => parseDestination(url, ['https:', 'http:', 'smtp:'], allow);

for (const [url, why] of [
  ['https://127.0.0.1/', 'loopback'],
  ['https://127.8.9.10/', 'another loopback'],
  ['https://2130706433/', 'loopback in decimal'],
  ['https://0x7f000001/', 'loopback in hexadecimal'],
  ['https://0177.0.0.1/', 'loopback in octal'],
  ['https://0x7f.1/', 'loopback, short and mixed'],
  ['https://127.1/', 'loopback, short'],
  ['https://１２７.0.0.1/', 'loopback in full-width digits'],
  ['https://127。0。0。1/', 'loopback with ideographic dots'],
  ['https://127.0.0.1./', 'loopback with a dot at the end'],
  ['smtp://2130706433:25', 'loopback in decimal, in a scheme of mail'],
  ['smtp://0x7f.1:25', 'loopback in hexadecimal, in a scheme of mail'],
  ['https://0.0.0.0/', 'unspecified'],
  ['https://0/', 'unspecified, short'],
  ['https://[::]/', 'unspecified IPv6'],
  ['https://[::1]/', 'loopback IPv6'],
  ['https://[0:0:0:0:0:0:0:1]/', 'loopback IPv6, written out'],
  ['https://[::ffff:127.0.0.1]/', 'loopback, mapped'],
  ['https://[::ffff:7f00:1]/', 'loopback, mapped, hexadecimal'],
  ['https://[::127.0.0.1]/', 'loopback, IPv4-compatible'],
  ['https://[64:ff9b::7f00:1]/', 'loopback through NAT64'],
  ['https://[2002:7f00:1::]/', 'loopback through 6to4'],
  ['https://[fe80::1]/', 'link-local IPv6'],
  ['https://[fc00::1]/', 'unique local'],
  ['https://[fd00:ec2::254]/', 'metadata service, IPv6'],
  ['https://[ff02::1]/', 'multicast IPv6'],
  ['https://10.1.2.3/', 'private'],
  ['https://172.31.255.255/', 'private, end of the range'],
  ['https://192.168.0.1/', 'private'],
  ['https://100.64.0.1/', 'shared'],
  ['https://169.254.169.254/latest/meta-data', 'metadata service'],
  ['https://2852039166/', 'metadata service in decimal'],
  ['https://[::ffff:a9fe:a9fe]/', 'metadata service, mapped'],
  ['https://224.0.0.1/', 'multicast'],
  ['https://255.255.255.255/', 'broadcast'],
  ['https://localhost/', 'localhost by name'],
  ['https://LOCALHOST./', 'localhost in capitals with a dot'],
  ['https://a.localhost/', 'under localhost'],
] as const) {
  test(`S30: ${url} is refused: ${why}`, () => {
    assert.throws(() => parse(url), { name: 'EgressError', code: 'address-not-allowed' });
  });
}

for (const [url, why] of [
  ['https://example.org@127.0.0.1/', 'a user that looks like the host'],
  ['https://user:password@example.org/', 'a password in the address'],
  ['https://example.org/#x', 'a fragment'],
  ['ftp://example.org/', 'another scheme'],
  ['file:///etc/passwd', 'a file'],
  ['https://', 'no host'],
  ['https://exa mple.org/', 'a space in the host'],
  ['https://example.org:0/', 'port 0'],
  ['https://example.org:65536/', 'no port'],
  ['https://256.1.1.1/', 'no address'],
  ['smtp:mail.example.org', 'no host in a scheme of mail'],
] as const) {
  test(`S30: ${url} is refused: ${why}`, () => {
    assert.throws(() => parse(url), { name: 'EgressError', code: 'destination-malformed' });
  });
}

test('a host is kept in its canonical form, whichever way it was written', () => {
  assert.equal(parse('https://EXAMPLE.org./x').host, 'example.org');
  assert.equal(parse('https://bücher.example/').host, 'xn--bcher-kva.example');
  assert.equal(parse('https://[2606:4700:0:0::1]/').host, '2606:4700::1');
  assert.equal(parse('https://0x08080808/').host, '8.8.8.8');
  assert.equal(parse('smtp://134744072').host, '8.8.8.8');
  assert.equal(parse('https://example.org\\@127.0.0.1/').host, 'example.org');
});

test('the operator allows one host in words, and no other with it', () => {
  assert.equal(parse('http://127.0.0.1:8080/', '127.0.0.1').allowPrivate, true);
  assert.equal(parse('http://mail.corp.example/', 'MAIL.corp.example').allowPrivate, true);
  for (const other of ['corp.example', '127.0.0.2', '*', '0.0.0.0/0']) {
    assert.throws(() => parse('http://127.0.0.1/', other), { code: 'destination-malformed' }, other);
  }
});

test('what is link-local, unspecified or reserved is refused also when it was allowed', () => {
  for (const host of ['169.254.169.254', '0.0.0.0', '[::]', '[fe80::1]', '224.0.0.1', '[fd00:ec2::254]']) {
    assert.throws(() => parse(`http://${host}/`, host), { code: 'address-not-allowed' }, host);
  }
});

for (const [name, addresses] of [
  ['private', ['10.0.0.5']],
  ['loopback', ['::1']],
  ['link-local', ['fe80::1%eth0']],
  ['public and private at once', ['93.184.216.34', '10.0.0.5']],
] as const) {
  test(`S30: a name whose addresses are ${name} is refused after it was resolved`, async () => {
    const resolved = resolveAllowed(parse('https://rebind.example/'), never, async () => addresses);
    await assert.rejects(resolved, { code: 'address-not-allowed' });
  });
}

test('S30: the connection goes to the address that was checked, and DNS is asked once', async (t) => {
  const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  let asked = 0;
  const socket = await openSocket(parse(`http://name.invalid:${port}/`, 'name.invalid'), never, async () => {
    asked += 1;
    return asked === 1 ? ['127.0.0.1'] : ['169.254.169.254'];
  });
  t.after(() => socket.destroy());
  assert.equal(socket.remoteAddress, '127.0.0.1');
  assert.equal(asked, 1);
});

test('a name without an address, and a resolver that never answers, are told apart', async () => {
  const destination = parse('https://example.org/');
  await assert.rejects(
    resolveAllowed(destination, never, async () => []),
    { code: 'name-not-resolved' },
  );
  const silent = resolveAllowed(destination, AbortSignal.timeout(5), () => new Promise(() => undefined));
  await assert.rejects(silent, { code: 'no-answer-in-time' });
});

test('addresses that anybody may name', () => {
  for (const address of ['8.8.8.8', '1.1.1.1', '172.32.0.1', '192.167.255.255', '2606:4700::1', '::ffff:8.8.8.8'])
    assert.equal(addressClass(address), 'public', address);
});
