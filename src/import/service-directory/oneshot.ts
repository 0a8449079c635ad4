/**
 * Converts a oneshot of s6-rc: `up` runs once, and `down` reverses it. Its job has no main, and stays up in
 * between.
 */
import { join } from 'node:path';
import type { Surroundings } from '../model.js';
import { ServiceBuilder } from '../service-builder.js';
import type { ServiceDirectory } from './layout.js';
import { contentOf, lineOf, originOf, type Context } from './service.js';

export function oneshotJob(directory: ServiceDirectory, name: string, around: Surroundings): ServiceBuilder {
  const service = new ServiceBuilder(name, directory.path);
  const context: Context = { directory, around, service };
  service.implied('env inherit');
  for (const [file, hook] of [
    ['up', 'pre-start'],
    ['down', 'post-stop'],
  ] as const) {
    const text = contentOf(context, file);
    if (text === undefined) continue;
    const code = text.split('\n').filter((line) => line.trim() !== '' && !/^\s*#(?!!)/.test(line));
    if (code.length === 0) {
      service.found(originOf(context, file), { verdict: 'kept', as: 'nothing: it is empty' });
      continue;
    }
    // s6-rc runs the line with execline, whatever its first line says
    const isShell = /^#!\s*\/bin\/(?:ba)?sh/.test(code[0]!);
    const path = join(around.resolve(directory.path), file);
    const line =
      code.length === 1 && /^[\w/.@%+:,=-]+(?: [\w/.@%+:,=-]+)*$/.test(code[0]!.trim())
        ? code[0]!.trim()
        : isShell
          ? `/bin/sh '${path.replaceAll("'", "'\\''")}'`
          : `execlineb -P '${path.replaceAll("'", "'\\''")}'`;
    service.command(hook, { kind: 'program', line });
    service.found(
      originOf(context, file),
      line.startsWith('execlineb')
        ? { verdict: 'approximated', as: hook, how: 'execline has to stay installed' }
        : { verdict: 'kept', as: hook },
    );
  }
  for (const [file, hook] of [
    ['timeout-up', 'pre-start'],
    ['timeout-down', 'post-stop'],
  ] as const) {
    const limit = lineOf(context, file);
    if (limit === undefined) continue;
    if (/^\d+$/.test(limit) && Number(limit) > 0)
      service.kept(originOf(context, file, limit), 'timeout', hook, String(Math.ceil(Number(limit) / 1000)));
    else service.kept(originOf(context, file, limit), 'timeout', hook, '31536000');
  }
  if (!service.hasCommand('pre-start')) service.command('pre-start', { kind: 'program', line: 'true' });
  service.startOn('startup');
  return service;
}
