/**
 * Takes the pictures of `foster web` and `foster top` in docs/pictures/, of some jobs that run for two minutes.
 *
 *   unshare --mount --uts --pid --fork --mount-proc --kill-child node scripts/pictures.js     as root, after `npm run build`
 *
 * It needs Chromium, tmux and pngquant.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { terminalPage } from './lib/terminal-page.js';

const foster = fileURLToPath(new URL('../bin/foster', import.meta.url));
const picture = (name) => fileURLToPath(new URL(`../docs/pictures/${name}.png`, import.meta.url));
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

const busy = (seconds) =>
  `sh -c 'while :; do i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done; sleep ${seconds}; done'`;
const JOBS = {
  web: `description = web front end\nstart on = startup\nrespawn = true\nexec = ${busy(2)}`,
  thumbnails: `description = thumbnails\nstart on = startup\nexec = ${busy(0.6)}`,
  queue: `description = message queue\nstart on = startup\nexec = setsid -f sleep 1000`,
  gateway: `description = logins\nstart on = startup\nexec = sh -c 'echo ready; while :; do setsid sleep 6 & sleep 5; echo "a login has ended"; done'`,
  importer: `start on = startup\nrespawn = true\nexec = sh -c 'echo importing; sleep 40; echo "no space left" >&2; exit 3'`,
  migrate: `start on = startup\ntask = true\nexec = sh -c 'echo "no such table" >&2; exit 1'`,
  backup: `schedule = 0 3 * * *\ntask = true\nexec = /usr/local/bin/backup`,
  mail: `manual = true\nexec = sleep 1000`,
};

// a place and a name of its own, as they are seen in the pictures
execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/srv']);
execFileSync('hostname', ['harbour']);
mkdirSync('/srv/foster');
for (const [name, text] of Object.entries(JOBS)) writeFileSync(`/srv/foster/${name}.ini`, `${text}\n`);
const env = { ...process.env, FOSTER_SOCKET: '/srv/run/foster.sock', TERM: 'xterm-256color' };
const places = ['--confdir', '/srv/foster', '--rundir', '/srv/run', '--logdir', '/srv/log'];
spawn(foster, ['init', ...places], { env, stdio: 'ignore' });
execFileSync(foster, ['health', '--wait', '60'], { env });
spawn(foster, ['web', '--token-file', '/srv/url'], { env, stdio: 'ignore' });
while (execFileSync('sh', ['-c', 'cat /srv/url 2>/dev/null || :']).length === 0) await sleep(0.1);
const url = readFileSync('/srv/url', 'utf8').trim();

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
const page = await (await browser.newContext()).newPage();
await page.goto(url);
// the charts need some minutes of use
await sleep(Number(process.env.SECONDS_OF_USE ?? 120));
const at = url.replace(/#.*/, '');

async function take(name, { place = '', width, height, colorScheme = 'light' }) {
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme });
  await page.goto(`${at}#/${place}`);
  await page.locator('#span').selectOption('5');
  await page.evaluate('document.activeElement.blur()');
  await sleep(4);
  await page.screenshot({ path: picture(name) });
  execFileSync('pngquant', ['--force', '--output', picture(name), picture(name)]);
}

await take('web-jobs', { width: 1280, height: 640 });
await take('web-job', { place: 'job/gateway', width: 1240, height: 760, colorScheme: 'dark' });
await take('web-phone', { width: 360, height: 720 });

const tmux = (...args) =>
  execFileSync('tmux', ['-L', 'pictures', '-f', '/dev/null', ...args], { env, encoding: 'utf8' });
tmux('new-session', '-d', '-x', '100', '-y', '14', foster, 'top');
tmux('set', 'status', 'off');
await sleep(5);
const screen = await browser.newPage();
await screen.setContent(terminalPage(tmux('capture-pane', '-e', '-p')));
await screen.locator('pre').screenshot({ path: picture('top') });
await browser.close();
process.exit(0);
