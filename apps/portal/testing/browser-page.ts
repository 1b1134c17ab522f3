/**
 * A test in a real browser: the built portal under the real content security policy, before a stand-in of the control
 * plane. Every such test also fails on an error in the browser's console and on a refusal by the policy.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { requireService } from '@springline/tools/services/catalogue';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { buildPortal } from '../build.ts';
import { PageServer } from './page-server.ts';

/** Longer than any wait that the portal should cause; a test that gets here has failed. */
const patienceMs = 10_000;

let files: string;
let browser: Browser | undefined;

before(async () => {
  files = await mkdtemp(join(tmpdir(), 'springline-portal-'));
  await buildPortal(files);
});
after(async () => {
  await browser?.close();
  await rm(files, { recursive: true });
});

export interface Scene {
  readonly t: TestContext;
  readonly page: Page;
  readonly server: PageServer;
}

/** A test with a browser page and a server of its own. */
export function pageTest(name: string, options: BrowserContextOptions, act: (scene: Scene) => Promise<void>): void {
  browserTest(name, async ({ t, openPage }) => {
    await using server = await PageServer.start(files);
    await act({ t, page: await openPage(options), server });
  });
}

interface BrowserScene {
  readonly t: TestContext;
  /** The folder of the built portal. */
  readonly portal: string;
  /** With cookies and passkeys of its own: as another person at another machine. */
  openPage(options?: BrowserContextOptions): Promise<Page>;
}

/** A test with as many people as it wants, against whatever server it starts. */
export function browserTest(name: string, act: (scene: BrowserScene) => Promise<void>): void {
  test(name, async (t) => {
    const service = await requireService(t, 'chromium');
    if (service === undefined) return;
    browser ??= await chromium.launch({ executablePath: service.executablePath, args: [...service.args] });
    const contexts: BrowserContext[] = [];
    const faults: (readonly string[])[] = [];
    const openPage = async (options: BrowserContextOptions = {}): Promise<Page> => {
      const context = await browser!.newContext(options);
      contexts.push(context);
      const page = await context.newPage();
      page.setDefaultTimeout(patienceMs);
      faults.push(await recordFaults(page));
      return page;
    };
    try {
      await act({ t, portal: files, openPage });
      assert.deepEqual(faults.flat(), []);
    } finally {
      for (const context of contexts) await context.close();
    }
  });
}

/** What Chromium itself writes when a test makes the server refuse a call or break a stream: no fault of the page. */
const serversDoing =
  /^Failed to load resource: (the server responded with a status of (401|403|409|429|502|503|504) |net::ERR_INCOMPLETE_CHUNKED_ENCODING$)/;
/** It would have every site take RSA keys; the signer reads none. */
const wantsRsa = /^publicKey\.pubKeyCredParams is missing at least one of the default algorithm identifiers/;

/** Collects what went wrong in the page. */
async function recordFaults(page: Page): Promise<readonly string[]> {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    const isExpected = serversDoing.test(message.text()) || wantsRsa.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !isExpected) faults.push(message.text());
  });
  await page.exposeFunction('policyRefused', (what: string) => faults.push(`policy: ${what}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      Reflect.get(globalThis, 'policyRefused')(`${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  return faults;
}

/** By how many pixels the page and its panel are wider than what shows of them; empty when they fit. */
export function sidewaysPixels(page: Page): Promise<readonly number[]> {
  return page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('[role="dialog"]')]
      .map((place) => place.scrollWidth - place.clientWidth)
      .filter((pixels) => pixels > 0),
  );
}

const axeSource = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * What axe has to say, in all its rules or in those that are named. Its script goes in by the debugger, which the policy
 * does not bind.
 */
export async function axeFindings(page: Page, rules?: readonly string[]): Promise<readonly string[]> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Runtime.evaluate', { expression: await axeSource });
  const { result } = await cdp.send('Runtime.evaluate', {
    expression: `axe.run(document, ${JSON.stringify(rules === undefined ? {} : { runOnly: rules })}).then(({ violations }) => JSON.stringify(violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => id + ' ' + html.slice(0, 200) + ' ' + failureSummary))))`,
    awaitPromise: true,
    returnByValue: true,
  });
  return JSON.parse(String(result.value));
}
