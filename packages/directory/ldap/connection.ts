/**
 * A connection to an LDAP server (RFC 4511): opened, secured and bound by one call, then asked. Several requests may wait
 * for their answers at once.
 *
 * Whatever goes wrong with one message ends the connection and every request that waits: an answer is whole or it is an
 * error. Nothing connects again by itself, because the rest of an answer cannot be had from another connection.
 */
import type { Socket } from 'node:net';
import { BerError, berTag, contentStart, elementEnd, integerAt, taggedEnd } from './ber.ts';
import { readControls } from './control.ts';
import {
  checkEndpoint,
  defaultLimits,
  defaultTimeouts,
  type LdapEndpoint,
  type LdapLimits,
  type ServerAddress,
} from './endpoint.ts';
import { LdapError, ldapErrorFromSocket, malformed, unreachable } from './error.ts';
import { FrameReader } from './frames.ts';
import {
  abandonRequest,
  type Bind,
  bindRequest,
  extendedRequest,
  operationTag,
  type SearchRequest,
  searchRequest,
  unbindRequest,
} from './message.ts';
import {
  type ExtendedResponse,
  type Operation,
  readExtendedResponse,
  type SearchDone,
  type SearchHandler,
  SearchOperation,
  SingleOperation,
} from './operation.ts';
import { resultName } from './result-code.ts';
import { openSocket, upgradeSocket } from './socket.ts';

const startTlsOid = '1.3.6.1.4.1.1466.20037';
const disconnectionOid = '1.3.6.1.4.1.1466.20036';
/** Notices that belong to no request, on one connection. */
const noticeLimit = 1_000;
/** So much of a message that is not whole yet counts as an answer: large entries come slowly. */
const progressBytes = 1024 * 1024;
const farewellMs = 1_000;
const messageIdLimit = 0x7fffffff;

/** What is wrong with one server and not with what we want of it: another one may do. */
const failoverCodes: ReadonlySet<string> = new Set([
  'ldap-unreachable',
  'ldap-certificate',
  'ldap-malformed',
  'ldap-incomplete',
]);

export class LdapConnection {
  /** Of the server that answered. */
  readonly url: string;
  readonly #address: ServerAddress;
  readonly #endpoint: LdapEndpoint;
  readonly limits: LdapLimits;
  readonly #frames: FrameReader;
  readonly #operations = new Map<number, Operation>();
  /** Their last message came in the part that is being read. */
  readonly #finished: Operation[] = [];
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastId = 0;
  #noticeCount = 0;
  #messageCount = 0;
  /** As the watch saw them last. */
  #seen = { messages: 0, pendingBytes: 0, silentQuarters: 0 };
  /** Why nothing can be asked any more. */
  #ended: unknown;

  /**
   * Connects to the first server of the endpoint that answers, secures the connection and binds.
   *
   * @throws {LdapError} of the only server, or one that names what is wrong with each. A refused password is not tried
   * on the next server: that would lock the account.
   */
  static async open(endpoint: LdapEndpoint, signal: AbortSignal): Promise<LdapConnection> {
    const failures: LdapError[] = [];
    for (const address of checkEndpoint(endpoint)) {
      const connection = new LdapConnection(address, endpoint);
      try {
        await connection.#open(signal);
        return connection;
      } catch (error) {
        connection.#end(error);
        if (!(error instanceof LdapError) || !failoverCodes.has(error.code)) throw error;
        failures.push(error);
      }
    }
    const [first] = failures;
    if (failures.length === 1) throw first;
    throw new LdapError(first!.code, `no server answers: ${failures.map(({ message }) => message).join(' ')}`, {
      cause: first,
    });
  }

  private constructor(address: ServerAddress, endpoint: LdapEndpoint) {
    this.url = address.url;
    this.#address = address;
    this.#endpoint = endpoint;
    this.limits = { ...defaultLimits, ...endpoint.limits };
    this.#frames = new FrameReader(address.url, this.limits.messageBytes);
  }

  /**
   * Searches, and hands over each entry while the answer comes.
   *
   * @throws {LdapError} whenever the answer may not be whole; what the handler threw; the signal's reason. After an abort
   * or an error of the handler the connection is closed.
   */
  search(request: SearchRequest, on: SearchHandler, signal: AbortSignal): Promise<SearchDone> {
    return this.#perform(
      new SearchOperation(request, on, this.limits, this.url),
      (id) => searchRequest(id, request),
      signal,
    );
  }

  /** RFC 4511 4.12. @throws {LdapError} when the result is no success */
  extended(oid: string, value?: Uint8Array, signal = neverAborted): Promise<ExtendedResponse> {
    return this.#perform(
      new SingleOperation('extended', this.limits, this.url),
      (id) => extendedRequest(id, oid, value),
      signal,
    );
  }

  /** Says farewell. Requests that still wait fail. Harmless when called again. */
  close(): void {
    this.#end(unreachable(this.url, 'the connection was closed'));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #open(signal: AbortSignal): Promise<void> {
    const take = (bytes: Buffer, size: number): boolean => this.#read(bytes, size);
    this.#attach(await openSocket(this.#address, this.#endpoint, take, signal));
    if (this.#endpoint.startTls === true && !this.#address.isTls) {
      await this.extended(startTlsOid, undefined, signal);
      // What came in the clear before the handshake must not be taken for an answer behind it.
      if (this.#frames.pendingBytes > 0) throw malformed(this.url, 'bytes before the TLS handshake');
      this.#attach(await upgradeSocket(this.#socket!, this.#address, this.#endpoint, take, signal));
    }
    const { bind } = this.#endpoint;
    if (bind !== undefined) await this.#bind(bind, signal);
  }

  async #bind(bind: Bind, signal: AbortSignal): Promise<void> {
    const operation = new SingleOperation('bind', this.limits, this.url);
    await this.#perform(operation, (id) => bindRequest(id, bind), signal);
  }

  #attach(socket: Socket): void {
    this.#socket = socket;
    socket.on('error', (error) => this.#end(ldapErrorFromSocket(error, this.url)));
    socket.on('close', () => this.#end(unreachable(this.url, 'Connection closed')));
    socket.on('end', () => this.#end(unreachable(this.url, 'Connection closed')));
    if (this.#timer !== undefined) return;
    const { idleMs } = { ...defaultTimeouts, ...this.#endpoint.timeouts };
    this.#timer = setInterval(() => this.#watch(idleMs), idleMs / 4);
  }

  async #perform<Outcome>(
    operation: Operation & { readonly outcome: Promise<Outcome> },
    encode: (id: number) => Buffer,
    signal: AbortSignal,
  ): Promise<Outcome> {
    signal.throwIfAborted();
    if (this.#ended !== undefined) throw this.#ended;
    if (this.#lastId >= messageIdLimit) throw unreachable(this.url, 'the connection has no message id left');
    this.#lastId += 1;
    const id = this.#lastId;
    const request = encode(id);
    this.#operations.set(id, operation);
    const abort = (): void => {
      this.#socket?.write(abandonRequest(this.#lastId + 1, id));
      this.#lastId += 1;
      this.#end(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    this.#socket!.write(request);
    try {
      return await operation.outcome;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Whether an operation goes on that this was a part of. */
  #read(bytes: Buffer, size: number): boolean {
    if (this.#ended !== undefined) return false;
    try {
      this.#frames.read(bytes, size, this.#takeMessage);
      const finished = this.#finished.splice(0);
      for (const operation of finished) operation.settle();
      return finished.length === 0 && this.#operations.size > 0;
    } catch (error) {
      this.#end(error instanceof BerError ? malformed(this.url, error.message, { cause: error }) : error);
      return false;
    }
  }

  readonly #takeMessage = (bytes: Buffer, start: number, end: number): void => {
    if (this.#ended !== undefined) return;
    this.#messageCount += 1;
    const idAt = contentStart(bytes, start);
    const idEnd = taggedEnd(bytes, idAt, end, berTag.integer);
    const id = integerAt(bytes, idAt, idEnd);
    if (id === 0) this.#notice(bytes, idEnd, end);
    else this.#answer(id, bytes, idEnd, end);
  };

  #answer(id: number, bytes: Buffer, at: number, messageEnd: number): void {
    const end = elementEnd(bytes, at, messageEnd);
    const controls = readControls(bytes, end, messageEnd, this.limits.controls);
    const operation = this.#operations.get(id);
    if (operation === undefined) throw new BerError(`an answer to request ${id}, which does not wait for one`);
    operation.silentQuarters = 0;
    if (!operation.take(bytes[at]!, bytes, contentStart(bytes, at), end, controls)) return;
    this.#operations.delete(id);
    this.#finished.push(operation);
  }

  /** RFC 4511 4.4: unsolicited notifications; those that are not known are to be passed over. */
  #notice(bytes: Buffer, at: number, messageEnd: number): void {
    const end = taggedEnd(bytes, at, messageEnd, operationTag.extendedResponse);
    this.#noticeCount += 1;
    if (this.#noticeCount > noticeLimit) throw new BerError(`more than ${noticeLimit} unsolicited notifications`);
    const { oid, code, diagnostic } = readExtendedResponse(bytes, contentStart(bytes, at), end, this.limits.referrals);
    if (oid !== disconnectionOid) return;
    const said = diagnostic === '' ? '' : ` It says: ${diagnostic}`;
    throw new LdapError('ldap-incomplete', `${this.url} ended the connection (${resultName(code)}).${said}`, {
      resultCode: code,
    });
  }

  /**
   * Called four times in each idle time-out. Counts calls and not time: when our own process was busy or asleep, the
   * server's bytes may lie unread, and one late call must not be taken for a long silence.
   */
  #watch(idleMs: number): void {
    const { pendingBytes } = this.#frames;
    const isNewMessage = this.#messageCount !== this.#seen.messages;
    const hasGrown = !isNewMessage && pendingBytes >= this.#seen.pendingBytes + progressBytes;
    if (isNewMessage || hasGrown || pendingBytes === 0) {
      this.#seen = { messages: this.#messageCount, pendingBytes, silentQuarters: 0 };
    } else {
      this.#seen.silentQuarters += 1;
    }
    let isSilent = this.#seen.silentQuarters > 4;
    for (const operation of this.#operations.values()) {
      if (hasGrown) operation.silentQuarters = 0;
      operation.silentQuarters += 1;
      isSilent ||= operation.silentQuarters > 4 && !operation.isPatient;
    }
    if (isSilent) this.#end(unreachable(this.url, `no answer for ${idleMs / 1000} s`));
  }

  #end(reason: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason ?? unreachable(this.url, 'the connection was closed');
    clearInterval(this.#timer);
    const waiting = [...this.#finished.splice(0), ...this.#operations.values()];
    this.#operations.clear();
    for (const operation of waiting) operation.fail(this.#ended);
    this.#farewell();
  }

  #farewell(): void {
    const socket = this.#socket;
    if (socket === undefined || socket.destroyed) return;
    // A server that does not take our farewell does not keep us.
    const timer = setTimeout(() => socket.destroy(), farewellMs).unref();
    socket.once('close', () => clearTimeout(timer));
    socket.write(unbindRequest(this.#lastId + 1));
    socket.destroySoon();
  }
}

const neverAborted = new AbortController().signal;
