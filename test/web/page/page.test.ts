/** The page of `foster web` in a browser, before a real supervisor. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { listenOnLoopback } from '../../../src/cli/loopback.js';
import { WEB_PAGE } from '../../../src/installation.js';
import { readPage } from '../../../src/web/server/page-files.js';
import { WebServer } from '../../../src/web/server/server.js';
import { Supervisor } from '../../helpers/supervisor.js';
import { until } from '../../helpers/until.js';
import { needsBrowser, openBrowser } from '../support/browser.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const TOKEN = 'token-of-the-test';

/** Forks a child for each line that comes into `more`, and ends the last one for each line into `less`. */
const SERVER = `#!/bin/sh
echo '<img src=x onerror=alert(1)> <b>bold</b>'
printf 'colour \\033[31mred\\007\\n'
sleep 1000 &
wait
`;

const JOBS = {
  'server.ini': 'description = <i>serves</i>\nready = exec\nexec = sh DIR/server.sh\n',
  'daemon.ini': 'ready = exec\nexec = sh -c "(setsid sleep 1000 &) ; sleep 1000"\n',
  'broken.ini': 'ready = exec\nexec = sh -c "echo no such table >&2; exit 3"\n',
  'idle.ini': 'manual\nready = exec\nexec = sleep 1000\n',
};

async function openPage(t: Test, { mayAct = true } = {}) {
  const supervisor = Supervisor.prepare(t, {});
  for (const [file, text] of Object.entries(JOBS))
    supervisor.write(file, text.replace('DIR', supervisor.confdir));
  supervisor.write('server.sh', SERVER);
  await supervisor.begin();
  const { client } = supervisor;
  const web = new WebServer({ client, page: readPage(WEB_PAGE), token: TOKEN, version: '1', mayAct });
  const address = await listenOnLoopback(web.server, { host: '127.0.0.1', port: 0 });
  const browsing = await openBrowser(t);
  t.teardown(() => {
    web.server.close();
    web.server.closeAllConnections();
  });
  const url = `http://${address}/`;
  await browsing.page.goto(`${url}#token=${TOKEN}`);
  await browsing.page.locator('.row').nth(3).waitFor();
  const start = (name: string) => client.request(`/v1/jobs/${name}/start`, { method: 'POST', body: {} });
  return { ...browsing, supervisor, client, url, address, start };
}

const row = (page: Page, name: string) =>
  page.locator('.row', { has: page.getByRole('link', { name, exact: true }) });

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What axe-core has against the page as it is now (WCAG 2 A and AA, and its own best practices). */
async function violations(page: Page): Promise<readonly string[]> {
  // by the debugger, as the page's own policy lets no script in
  await page.evaluate(AXE);
  const found = await page.evaluate<readonly Violation[]>(
    'axe.run(document).then(({ violations }) => violations)',
  );
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`),
  );
}

t.test('the page in a browser', { skip: needsBrowser, timeout: 300_000 }, async (t) => {
  const { page, errors, hosts, client, url, address, start } = await openPage(t);
  await start('server');
  await start('daemon');

  await t.test('shows jobs, and the token is not in its address', async (t) => {
    t.equal(page.url(), url);
    await row(page, 'server').locator('.pill').getByText('running').waitFor();
    t.match(await row(page, 'server').textContent(), /<i>serves<\/i>/, 'markup in a description is text');
    await row(page, 'idle').locator('.pill').getByText('stopped').waitFor();
    t.match(await page.title(), / – foster$/);
  });

  await t.test('shows a job: reasons, log as text, processes that come, detach and go', async (t) => {
    await page.getByRole('link', { name: 'server', exact: true }).click();
    await page.getByRole('heading', { name: 'server', exact: true }).waitFor();
    t.equal(page.url(), `${url}#/job/server`);
    await page
      .locator('#story')
      .getByText(/^server runs: main is process \d+/)
      .waitFor();
    await page.locator('#log').getByText('<img src=x onerror=alert(1)> <b>bold</b>').waitFor();
    await page.locator('#log').getByText('colour \\x1b[31mred\\x07').waitFor();
    t.equal(await page.locator('#log img, #log b').count(), 0);
    const child = page.locator('#tree .process', { hasText: 'sleep 1000' });
    await child.waitFor();
    const pid = Number(await child.locator('.pid').textContent());
    process.kill(pid, 'SIGKILL');
    // its parent waits for it, and ends with it: it is struck through, and goes
    await page.locator('#tree .gone').first().waitFor();
    await page.locator('#tree-summary').getByText('no process').waitFor();
    await row(page, 'server').locator('.pill').getByText('stopped').waitFor();
    await page
      .locator('#runs')
      .getByText(/finished|failed/)
      .waitFor();
    await page.goto(`${url}#/job/daemon`);
    const detached = page.locator('#tree .process', { has: page.locator('.role-detached') });
    await detached.getByText('sleep 1000').waitFor();
    t.equal(await page.locator('#tree .role-main').count(), 1);
  });

  await t.test('starts and stops by the keyboard alone, and asks before it ends processes', async (t) => {
    await page.goto(`${url}#/`);
    await page.locator('#filter').focus();
    await page.keyboard.type('idle');
    await until('the filter', async () => (await page.locator('.row').count()) === 1);
    const focused = () => page.evaluate<string>('document.activeElement.textContent');
    const tabTo = async (text: string) => {
      for (let presses = 0; presses < 30 && (await focused()) !== text; presses += 1)
        await page.keyboard.press('Tab');
      t.equal(await focused(), text);
    };
    await tabTo('idle');
    await page.keyboard.press('Enter');
    await until(
      'the heading',
      async () => (await page.evaluate('document.activeElement.id')) === 'panel-title',
    );
    await page.getByRole('button', { name: 'Start' }).waitFor();
    await tabTo('Start');
    await page.keyboard.press('Enter');
    await page.getByText('idle started').waitFor();
    await page.locator('#panel-state').getByText('running').waitFor();
    await page.getByRole('button', { name: 'Stop', exact: true }).waitFor();
    t.equal(await focused(), 'Stop', 'the focus is not lost with the button');
    await page.keyboard.press('Enter');
    await page
      .getByRole('dialog')
      .getByText(/^Stop idle\?/)
      .waitFor();
    t.equal(await focused(), 'Cancel');
    await page.keyboard.press('Escape');
    t.match(await client.request('/v1/jobs/idle'), { goal: 'start', state: 'running' });
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('idle stopped', { exact: true }).waitFor();
    t.match(await client.request('/v1/jobs/idle'), { goal: 'stop', state: 'waiting' });
    // back to the list: the focus is on the row that one came from
    await page.locator('.back').focus();
    await page.keyboard.press('Enter');
    await until('the row', async () => (await focused()) === 'idle');
    await page.locator('#filter').fill('');
  });

  await t.test('says what a job that failed wrote, as text', async (t) => {
    await page.goto(`${url}#/job/broken`);
    await page.getByRole('button', { name: 'Start' }).click();
    await page.locator('.notice[data-tone=bad] p').waitFor();
    await row(page, 'broken').locator('.pill').getByText('failed').waitFor();
    await page.locator('#log').getByText('no such table').waitFor();
    await page.locator('.notice[data-tone=bad] button').click();
    t.equal(await page.locator('.notice[data-tone=bad]').count(), 0);
  });

  await t.test('searches the log', async (t) => {
    await page.goto(`${url}#/job/server`);
    await page.locator('#log .line').first().waitFor();
    await page.locator('#log-text').fill('COLOUR');
    await page.keyboard.press('Enter');
    await page.getByText('1 line found').waitFor();
    t.equal(await page.locator('#log mark').textContent(), 'colour');
    t.equal(await page.locator('#log .line').count(), 1);
    await page.getByRole('button', { name: 'Back to the end' }).click();
    await page.locator('#log').getByText('<b>bold</b>').waitFor();
  });

  await t.test('is accessible and fits, from a phone to a wall, light and dark', async (t) => {
    await start('server');
    for (const width of [360, 1280, 3840])
      for (const colorScheme of ['light', 'dark'] as const)
        for (const place of ['#/', '#/job/server']) {
          await page.setViewportSize({ width, height: Math.round(width * 0.6) + 300 });
          await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
          await page.goto(`${url}${place}`);
          if (place !== '#/') await page.locator('#story p').first().waitFor();
          const name = `${width} ${colorScheme} ${place}`;
          t.strictSame(await violations(page), [], name);
          const beyond = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
          t.ok(beyond <= 0, `${name}: nothing is wider than the screen`);
        }
  });

  await t.test('asks no other host, and breaks no rule of its own', async (t) => {
    t.strictSame([...hosts], [address]);
    t.strictSame(errors, []);
    const inline = `(() => { const script = document.createElement('script'); script.textContent = 'window.ran = 1';
      document.head.append(script); return window.ran; })()`;
    t.not(await page.evaluate(inline).catch(() => undefined), 1, 'an inline script does not run');
    t.equal(
      await page.evaluate(
        "(() => { try { document.body.innerHTML = '<b>x</b>'; } catch { return 'refused'; } })()",
      ),
      'refused',
    );
  });
});

t.test('without the token', { skip: needsBrowser, timeout: 120_000 }, async (t) => {
  const { page, url } = await openPage(t, { mayAct: false });
  await page.evaluate('localStorage.clear()');
  await page.goto(`${url}?again`);
  await page.getByRole('heading', { name: 'This page needs its token' }).waitFor();
  t.equal(await page.locator('.row').count(), 0);
  t.strictSame(await violations(page), []);
  await page.getByLabel('Address or token').fill('wrong');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'This page needs its token' }).waitFor();
  await page.getByLabel('Address or token').fill(`${url}#token=${TOKEN}`);
  await page.keyboard.press('Enter');
  await row(page, 'idle').waitFor();
  // --read-only
  await page.goto(`${url}#/job/idle`);
  await page.getByText(/runs with --read-only/).waitFor();
  t.equal(await page.getByRole('button', { name: 'Start' }).count(), 0);
});
