/** An agent as a test plays it: a key, an enrolment, signed requests and the check of signed answers. */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type Enrolment, parseEnrolmentString } from '@springline/api/enrolment-string';
import { keyId, publicJwk } from '@springline/api/signature/key';
import { type SignedHeaders, signRequest, verifyAnswer } from '@springline/api/signature/message';
import { systemRandom } from '@springline/ports/random';
import { type Answer, ask, type RunningControlPlane } from './running-control-plane.ts';

export interface AgentKey {
  readonly privateKey: KeyObject;
  readonly keyId: string;
}

export interface TestAgent extends AgentKey {
  readonly agentId: string;
  readonly tenantId: string;
  readonly connectorId: string;
}

export interface SignedRequest {
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly headers: Record<string, string>;
}

export function newAgentKey(): AgentKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, keyId: keyId(privateKey) };
}

export const newNonce = (): string => Buffer.from(systemRandom.bytes(16)).toString('base64url');

/** Signs at the control plane's clock, so that the request is fresh. */
export function sign(
  plane: RunningControlPlane,
  key: AgentKey,
  request: { method: string; path: string; body?: unknown; created?: number; nonce?: string },
): SignedRequest {
  const { method, path, body, created, nonce } = request;
  const url = plane.url + path;
  const text = body === undefined ? '' : JSON.stringify(body);
  const message = { method, targetUri: url, body: Buffer.from(text) };
  const signed: SignedHeaders = signRequest(
    message,
    key,
    created ?? Math.floor(plane.clock.now() / 1000),
    nonce ?? newNonce(),
  );
  const headers = { ...signed, ...(text === '' ? {} : { 'content-type': 'application/json' }) };
  return { method, url, body: text, headers };
}

export function send({ method, url, headers, body }: SignedRequest): Promise<Answer> {
  return ask(url, { method, headers, ...(body === '' ? {} : { body }) });
}

export async function createEnrolment(
  plane: RunningControlPlane,
  connector = { name: 'contoso.example', kind: 'openldap' },
  token?: string,
  beside?: string,
): Promise<Enrolment> {
  const headers = { authorization: `Bearer ${token ?? plane.adminToken}` };
  const body = { connector, ...(beside === undefined ? {} : { beside }) };
  const { json } = await plane.ask('POST', '/platform/v1/enrolments', { body, headers });
  return parseEnrolmentString(json.enrolmentString);
}

export function enrolmentRequest(plane: RunningControlPlane, key: AgentKey, token: string): SignedRequest {
  const body = {
    token,
    publicKey: publicJwk(key.privateKey),
    hostName: 'sync-1.contoso.example',
    platform: 'linux-x64',
    version: '1.2.3.0',
  };
  return sign(plane, key, { method: 'POST', path: '/platform/v1/agents', body });
}

/**
 * Enrols a new agent for a connector; by `token` in another tenant than the admin token's, `beside` the connector of that
 * name.
 */
export async function enrol(
  plane: RunningControlPlane,
  connector?: { name: string; kind: string },
  token?: string,
  beside?: string,
): Promise<TestAgent> {
  const key = newAgentKey();
  const enrolment = await createEnrolment(plane, connector, token, beside);
  const { status, json, text } = await send(enrolmentRequest(plane, key, enrolment.token));
  if (status !== 201) throw new Error(`enrolment failed: ${text}`);
  return { ...key, agentId: json.agentId, tenantId: json.tenantId, connectorId: json.connectors[0].id };
}

/** @throws {SignatureError} when the answer was not made by this control plane for this request. */
export function checkAnswer(enrolment: Enrolment, request: SignedRequest, answer: Answer): void {
  const publicKey = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: enrolment.controlPlaneKey },
    format: 'jwk',
  });
  verifyAnswer(
    {
      status: answer.status,
      body: Buffer.from(answer.text),
      headers: (name) => answer.headers.get(name) ?? undefined,
      requestSignature: request.headers['signature']!,
    },
    { publicKey, keyId: keyId(publicKey) },
  );
}
