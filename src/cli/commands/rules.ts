/** foster rules: puts the processes of the machine into control groups by the rules of cgrules.conf(5), as cgrulesengd does. */
import { groupsOfProcess } from '../../kernel/cgroup-layout.js';
import { createKernel } from '../../kernel/linux.js';
import { NotAcknowledgedError } from '../../kernel/netlink/connector-socket.js';
import { SystemError } from '../../kernel/system-error.js';
import { DEFAULT_CONFIG } from '../../rules/files.js';
import { RulesService, type RulesServiceOptions } from '../../rules/service.js';
import { STICKY_SOCKET } from '../../rules/sticky-socket.js';
import { readSubject } from '../../rules/subject.js';
import { CliError, usageError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import { explanationJson, explanationLines, moveJson, moveLine } from '../format/rules.js';
import type { Invocation } from '../invocation.js';

export async function rules(invocation: Invocation): Promise<number> {
  const [action, ...words] = invocation.words;
  if (action === undefined) return run(invocation);
  if (action === 'explain') return explain(invocation, words);
  throw usageError(`rules ${action}: expected nothing, or explain PID`);
}

function serviceOf(invocation: Invocation, options: Partial<RulesServiceOptions>): RulesService {
  const given = invocation.values('config');
  return new RulesService({
    kernel: createKernel(),
    config: given.length === 0 ? DEFAULT_CONFIG : given,
    optional: given.length === 0,
    dryRun: invocation.has('dry-run'),
    stickySocket: stickySocket(invocation),
    moved: () => undefined,
    say: (text) => invocation.complain(text),
    ...options,
  });
}

function stickySocket(invocation: Invocation): string | undefined {
  const path = invocation.value('sticky-socket') ?? STICKY_SOCKET;
  return path === 'none' ? undefined : path;
}

async function run(invocation: Invocation): Promise<number> {
  const isTold = invocation.has('verbose') || invocation.has('dry-run') || invocation.json;
  const service = serviceOf(invocation, {
    moved: (move) => {
      if (!isTold) return;
      invocation.print(invocation.json ? JSON.stringify(moveJson(move)) : moveLine(move));
    },
  });
  try {
    if (invocation.has('once')) {
      await service.reload();
      return service.engine.counts.failed > 0 ? EXIT.failed : EXIT.ok;
    }
    const ended = endAsked(service);
    await service.start();
    await ended;
    return EXIT.ok;
  } catch (error) {
    if (error instanceof SystemError || error instanceof NotAcknowledgedError)
      throw new CliError(`rules: ${error.message}`);
    throw error;
  } finally {
    service.close();
  }
}

/** cgrulesengd(8): SIGUSR2 reads the rules again, SIGUSR1 what templates need: users and groups. Both are one here. */
function endAsked(service: RulesService): Promise<void> {
  for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGHUP'] as const) {
    process.on(signal, () => {
      service.reload().catch((error: unknown) => {
        throw error;
      });
    });
  }
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}

function explain(invocation: Invocation, words: readonly string[]): number {
  const pids = words.map(Number);
  if (pids.length === 0 || pids.some((pid) => !Number.isInteger(pid) || pid < 1))
    throw usageError('rules explain: expected process ids');
  const service = serviceOf(invocation, { say: () => undefined });
  service.load();
  const { engine } = service;
  const kernel = createKernel();
  const explanations = pids.map((pid) => {
    const [subject, groups] = [readSubject(pid, kernel.proc), groupsOfProcess(pid)];
    if (subject === undefined || groups === undefined)
      throw new CliError(`rules explain: there is no process ${pid}`);
    const considered = engine.consider(subject);
    const last = considered.at(-1);
    const placement = last?.verdict === 'matches' ? engine.placement(last.rule, subject) : undefined;
    return { subject, considered, placement, groups };
  });
  if (invocation.json) {
    const [first, ...others] = explanations.map(explanationJson);
    invocation.printJson(others.length === 0 ? first : [first, ...others]);
    return EXIT.ok;
  }
  for (const explanation of explanations)
    for (const line of explanationLines(explanation)) invocation.print(line);
  return EXIT.ok;
}
