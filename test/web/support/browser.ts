/** Debian's Chromium, without a window, as the tests of the page of `foster web` use it. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import type { Test } from 'tap';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Why the tests of the page cannot run here. */
export const needsBrowser = !existsSync(CHROMIUM) && 'needs Chromium (Debian package chromium)';

const FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** A machine that is busy starts a browser slowly. */
const PATIENCE = 60_000;

export interface Browsing {
  readonly page: Page;
  /** errors of the page: exceptions, and what the Content-Security-Policy refuses */
  readonly errors: string[];
  /** hosts that the page has asked for anything */
  readonly hosts: Set<string>;
}

/** Opens a browser of its own with one page. */
export async function openBrowser(t: Test): Promise<Browsing> {
  const profile = mkdtempSync(join(tmpdir(), 'foster-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    args: FLAGS,
    timeout: PATIENCE,
  });
  t.teardown(async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  });
  context.setDefaultTimeout(PATIENCE);
  const page = context.pages()[0] ?? (await context.newPage());
  const errors: string[] = [];
  const hosts = new Set<string>();
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  return { page, errors, hosts };
}
