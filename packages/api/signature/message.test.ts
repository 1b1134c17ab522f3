import assert from 'node:assert/strict';
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { keyId } from './key.ts';
import {
  contentDigest,
  parseRequestSignature,
  type RequestToSign,
  type SignedHeaders,
  signAnswer,
  signRequest,
  verifyAnswer,
  verifyRequest,
} from './message.ts';

const agentPair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const agent = { privateKey: agentPair.privateKey, keyId: keyId(agentPair.publicKey) };
const planePair = generateKeyPairSync('ed25519');
const plane = { privateKey: planePair.privateKey, keyId: keyId(planePair.publicKey) };
const planePublic = { publicKey: planePair.publicKey, keyId: plane.keyId };
const created = 1_795_356_000;
const nonce = 'AAECAwQFBgcICQoLDA0ODw';

const request: RequestToSign = {
  method: 'POST',
  targetUri: 'http://localhost:8743/directory/v1/exports',
  body: Buffer.from('{"operations":[]}'),
};

const from = (headers: Partial<Record<string, string>>) => (name: string) => headers[name];
const check = (message: RequestToSign, headers: SignedHeaders): void =>
  verifyRequest(parseRequestSignature(from({ ...headers })), message, agentPair.publicKey);

describe('a signed request', () => {
  const headers = signRequest(request, agent, created, nonce);

  test('is verified with the public key, and says who signed it and when', () => {
    check(request, headers);
    const claim = parseRequestSignature(from({ ...headers }));
    assert.deepEqual(
      { created: claim.created, nonce: claim.nonce, keyId: claim.keyId },
      { created, nonce, keyId: agent.keyId },
    );
  });

  test('has the signature base of RFC 9421 2.5, so that any implementation can check it', () => {
    const parameters = `("@method" "@target-uri" "content-digest");created=${created};nonce="${nonce}";keyid="${agent.keyId}";alg="ecdsa-p256-sha256";tag="springline-agent"`;
    const base = [
      '"@method": POST',
      '"@target-uri": http://localhost:8743/directory/v1/exports',
      `"content-digest": ${contentDigest(request.body)}`,
      `"@signature-params": ${parameters}`,
    ].join('\n');
    assert.equal(headers['signature-input'], `springline=${parameters}`);
    const [, text] = /^springline=:(.*):$/.exec(headers.signature)!;
    const key = { key: agentPair.publicKey, dsaEncoding: 'ieee-p1363' } as const;
    assert.equal(verify('sha256', Buffer.from(base), key, Buffer.from(text!, 'base64')), true);
  });

  test('does not verify as any other request', () => {
    for (const other of [
      { ...request, method: 'PUT' },
      { ...request, method: 'post' },
      { ...request, targetUri: `${request.targetUri}?x=1` },
      { ...request, targetUri: request.targetUri.replace('localhost', '127.0.0.1') },
      { ...request, targetUri: request.targetUri.replace('http:', 'https:') },
      { ...request, body: Buffer.from('{"operations":[ ]}') },
      { ...request, body: Buffer.alloc(0) },
    ]) {
      assert.throws(() => check(other, headers), { code: 'signature-invalid' });
    }
  });

  test('does not verify with another key', () => {
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const claim = parseRequestSignature(from({ ...headers }));
    assert.throws(() => verifyRequest(claim, request, stranger.publicKey), { code: 'signature-invalid' });
  });

  test('is refused after any change of one character in any of its headers', () => {
    const names = ['content-digest', 'signature-input', 'signature'] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.nat(),
        fc.string({ minLength: 1, maxLength: 1 }),
        (name, at, letter) => {
          const value = headers[name];
          const i = at % value.length;
          fc.pre(value[i] !== letter);
          const altered = { ...headers, [name]: value.slice(0, i) + letter + value.slice(i + 1) };
          assert.throws(() => check(request, altered), { name: 'SignatureError' });
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('survives any body and address', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.webUrl({ withQueryParameters: true }), (body, targetUri) => {
        const message = { method: 'POST', targetUri, body };
        check(message, signRequest(message, agent, created, nonce));
      }),
      { numRuns: 50 },
    );
  });

  for (const missing of ['content-digest', 'signature-input', 'signature'] as const) {
    test(`is refused as missing without ${missing}`, () => {
      const { [missing]: _, ...rest } = headers;
      assert.throws(() => parseRequestSignature(from(rest)), { code: 'signature-missing' });
    });
  }

  for (const [name, input] of [
    ['fewer components', (text: string) => text.replace(' "content-digest"', '')],
    ['more components', (text: string) => text.replace('"@method"', '"@method" "date"')],
    [
      'another order of components',
      (text: string) => text.replace('"@method" "@target-uri"', '"@target-uri" "@method"'),
    ],
    ['another algorithm', (text: string) => text.replace('ecdsa-p256-sha256', 'hmac-sha256')],
    ['another tag', (text: string) => text.replace('springline-agent', 'springline-answer')],
    ['an expiry of its own', (text: string) => `${text};expires=1`],
    ['another label', (text: string) => text.replace('springline=', 'sig1=')],
    ['two signatures', (text: string) => `${text}, ${text}`],
    ['a short nonce', (text: string) => text.replace(nonce, 'AAAA')],
    ['a negative time', (text: string) => text.replace('created=', 'created=-')],
  ] as const) {
    test(`is refused as malformed with ${name}, because nothing of the form is negotiable`, () => {
      const altered = { ...headers, 'signature-input': input(headers['signature-input']) };
      assert.throws(() => parseRequestSignature(from(altered)), { code: 'signature-malformed' });
    });
  }

  test('may write its signature in one way only, though base64 has several', () => {
    const spare = headers.signature.replace(/(.)==:$/, (_, last: string) => {
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
      return `${alphabet[alphabet.indexOf(last) ^ 1]}==:`;
    });
    assert.throws(() => check(request, { ...headers, signature: spare }), { code: 'signature-malformed' });
  });
});

describe('a signed answer', () => {
  const requestSignature = signRequest(request, agent, created, nonce).signature;
  const body = Buffer.from('{"results":[]}');
  const headers = signAnswer({ status: 200, body, requestSignature }, plane, created);
  const answer = { status: 200, body, headers: from({ ...headers }), requestSignature };

  test('is verified with the key that was pinned at enrolment', () => {
    verifyAnswer(answer, planePublic);
  });

  test('is bound to its status, its body and its request', () => {
    const otherRequest = signRequest(request, agent, created, 'BBECAwQFBgcICQoLDA0ODw').signature;
    for (const other of [
      { ...answer, status: 201 },
      { ...answer, body: Buffer.from('{"results":[1]}') },
      { ...answer, requestSignature: otherRequest },
      { ...answer, requestSignature: '' },
    ]) {
      assert.throws(() => verifyAnswer(other, planePublic), { code: 'signature-invalid' });
    }
  });

  test('of another control plane is refused, also when it claims the pinned key', () => {
    const impostor = generateKeyPairSync('ed25519');
    for (const claimed of [keyId(impostor.publicKey), plane.keyId]) {
      const forged = signAnswer(
        { status: 200, body, requestSignature },
        { privateKey: impostor.privateKey, keyId: claimed },
        created,
      );
      assert.throws(() => verifyAnswer({ ...answer, headers: from({ ...forged }) }, planePublic), {
        code: 'signature-invalid',
      });
    }
  });

  test('without a signature is refused', () => {
    assert.throws(() => verifyAnswer({ ...answer, headers: () => undefined }, planePublic), {
      code: 'signature-missing',
    });
  });

  test('has the signature base of RFC 9421 2.4', () => {
    const [, parameters] = /^springline=(.*)$/.exec(headers['signature-input'])!;
    const base = [
      '"@status": 200',
      `"content-digest": ${contentDigest(body)}`,
      `"signature";req;key="springline": ${requestSignature.slice('springline='.length)}`,
      `"@signature-params": ${parameters}`,
    ].join('\n');
    const expected = sign(null, Buffer.from(base), planePair.privateKey).toString('base64');
    assert.equal(headers.signature, `springline=:${expected}:`);
  });
});

test('Content-Digest is that of RFC 9530: the example of its appendix D', () => {
  assert.equal(
    contentDigest(Buffer.from('{"hello": "world"}\n')),
    'sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:',
  );
});
