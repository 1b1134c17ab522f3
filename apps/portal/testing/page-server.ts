/**
 * Serves the built portal as the control plane does (headers included) and answers its calls from a state that a test
 * changes. A stand-in for tests of the page; the real answers are tested against the control plane.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { problemBody } from '@springline/api/problem';
import type { HomeView, SessionView } from '@springline/api/shapes/person';
import { emptyHome, session } from './home-fixtures.ts';
import { fixtureNow } from './instants.ts';
import { SettingsService } from './settings-service.ts';
import { SyncService } from './sync-service.ts';
import { UpgradeService } from './upgrade-service.ts';

export const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** For anybody. */
const publicPath = /^\/hus\/v1\/(version-history\/|releases$)/;

const mediaTypes: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
};

export class PageServer implements AsyncDisposable {
  home: HomeView = emptyHome();
  /** Undefined: nobody is signed in. */
  session: SessionView | undefined = session();
  /** The token that signs in, once. */
  linkToken = '';
  /** `refused`: streams are answered with 503. */
  streaming: 'served' | 'refused' = 'served';
  readonly requests: string[] = [];
  /** What the pages of Upgrades are answered from. */
  readonly upgrades = new UpgradeService();
  /** What the pages of Settings are answered from. */
  readonly settings = new SettingsService();
  /** What the pages of Connect Sync are answered from. */
  readonly sync = new SyncService();
  readonly #files: string;
  readonly #streams = new Set<ServerResponse>();
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error) => response.destroy(error));
  });

  private constructor(files: string) {
    this.#files = files;
  }

  /** On a free port of the loopback. `files`: the folder that `buildPortal` wrote. */
  static async start(files: string): Promise<PageServer> {
    const server = new PageServer(files);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get origin(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server does not listen');
    return `http://localhost:${address.port}`;
  }

  get streamCount(): number {
    return this.#streams.size;
  }

  /** Makes this the state and sends it down every open stream. */
  push(home: HomeView): void {
    this.home = home;
    for (const stream of this.#streams) stream.write(eventOf(home));
  }

  /** Breaks every open stream. */
  cutStreams(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const path = url.pathname;
    const call = `${request.method} ${path}`;
    response.setHeader('date', new Date(fixtureNow).toUTCString());
    if (path.startsWith('/platform/')) this.requests.push(call);
    switch (call) {
      case 'POST /platform/v1/session':
        return this.#signIn(request, response);
      case 'GET /platform/v1/session':
        return this.#forPeople(response, () => json(response, 200, this.session));
      case 'DELETE /platform/v1/session':
        this.session = undefined;
        response.writeHead(204).end();
        return;
      case 'GET /platform/v1/home':
        return this.#forPeople(response, () => json(response, 200, this.home));
      case 'GET /platform/v1/home/events':
        return this.#forPeople(response, () => this.#stream(response));
      default: {
        if (!path.startsWith('/hus/') && !path.startsWith('/platform/')) return this.#file(path, response);
        const body = await bodyOf(request);
        if (path.startsWith('/platform/v1/agents/') && this.session !== undefined) {
          const answer = await this.sync.answer(call, body);
          if (answer !== undefined) return json(response, answer.status, answer.json);
        }
        const act = (): void => {
          const { status, json: answer } =
            this.settings.answer(call, body) ?? this.upgrades.answer(call, url.searchParams, body);
          if (answer === undefined) response.writeHead(status).end();
          else json(response, status, answer);
        };
        return publicPath.test(path) ? act() : this.#forPeople(response, act);
      }
    }
  }

  async #signIn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { linkToken } = JSON.parse(await bodyOf(request));
    if (linkToken !== this.linkToken) return json(response, 403, problemBody('sign-in-link-invalid', undefined, 'r1'));
    this.linkToken = '';
    this.session = session();
    json(response, 201, this.session);
  }

  #forPeople(response: ServerResponse, act: () => void): void {
    if (this.session === undefined) json(response, 401, problemBody('not-authenticated', undefined, 'r1'));
    else act();
  }

  #stream(response: ServerResponse): void {
    if (this.streaming === 'refused') {
      json(response, 503, problemBody('internal-error', undefined, 'r1'));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(eventOf(this.home));
    this.#streams.add(response);
    response.on('close', () => this.#streams.delete(response));
  }

  async #file(path: string, response: ServerResponse): Promise<void> {
    const name = extname(path) === '' ? '/index.html' : path;
    const bytes = await readFile(join(this.#files, name)).catch(() => undefined);
    if (bytes === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'content-type': mediaTypes[extname(name)] ?? 'application/octet-stream',
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
    });
    response.end(bytes);
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const eventOf = (home: HomeView): string => `event: home\ndata: ${JSON.stringify(home)}\n\n`;

function json(response: ServerResponse, status: number, body: unknown): void {
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
}
