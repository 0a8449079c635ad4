/**
 * foster rules: moves the processes of the machine into cgroups by the rules of cgrules.conf(5), as
 * cgrulesengd does.
 */
import { groupsOfProcess } from '../../kernel/cgroup/layout.js';
import { createKernel } from '../../kernel/linux.js';
import { NotAcknowledgedError } from '../../kernel/netlink/connector-socket.js';
import { SystemError } from '../../kernel/system-error.js';
import { DEFAULT_CONFIG, DEFAULT_TEMPLATES, type Source } from '../../rules/files.js';
import { getentHere, RulesService, type RulesServiceOptions } from '../../rules/service.js';
import { STICKY_SOCKET } from '../../rules/sticky-socket.js';
import { CliError, usageError } from '../cli-error.js';
import { EXIT } from '../exit-status.js';
import {
  explanationJson,
  explanationLines,
  madeJson,
  madeLine,
  moveJson,
  moveLine,
  type Explanation,
} from '../format/rules.js';
import type { Invocation } from '../invocation.js';

export async function rules(invocation: Invocation): Promise<number> {
  const [action, ...words] = invocation.words;
  if (action === undefined) return run(invocation);
  if (action === 'explain') return explain(invocation, words);
  throw usageError(`rules ${action}: expected nothing, or explain PID`);
}

function serviceOf(invocation: Invocation, options: Partial<RulesServiceOptions>): RulesService {
  return new RulesService({
    kernel: createKernel(),
    sources: {
      rules: sourceOf(invocation.values('config'), DEFAULT_CONFIG),
      templates: sourceOf(invocation.values('templates'), DEFAULT_TEMPLATES),
    },
    getent: getentHere(),
    dryRun: invocation.has('dry-run'),
    stickySocket: stickySocket(invocation),
    moved: () => undefined,
    made: () => undefined,
    log: (text) => invocation.complain(text),
    ...options,
  });
}

/** Returns the paths to read. Default paths may be missing; paths that were given must exist. */
function sourceOf(given: readonly string[], usual: readonly string[]): Source {
  return given.length === 0 ? { paths: usual, optional: true } : { paths: given, optional: false };
}

function stickySocket(invocation: Invocation): string | undefined {
  const path = invocation.value('sticky-socket') ?? STICKY_SOCKET;
  return path === 'none' ? undefined : path;
}

async function run(invocation: Invocation): Promise<number> {
  const isShown = invocation.has('verbose') || invocation.has('dry-run') || invocation.json;
  const print = (line: string, json: Readonly<Record<string, unknown>>): void => {
    if (!isShown) return;
    if (invocation.json) invocation.printJsonLine(json);
    else invocation.print(line);
  };
  const service = serviceOf(invocation, {
    moved: (move) => print(moveLine(move), moveJson(move)),
    made: (made) => print(madeLine(made), madeJson(made)),
  });
  try {
    if (invocation.has('once')) {
      await service.reload();
      await service.answered();
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

/**
 * Reads the rules again on SIGUSR1, SIGUSR2 and SIGHUP, and resolves on SIGTERM or SIGINT.
 * With cgrulesengd(8), SIGUSR2 reads the rules again (and the templates, though its manual does not say so),
 * SIGUSR1 only the templates. Here both read everything, which does no harm.
 */
function endAsked(service: RulesService): Promise<void> {
  for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGHUP'] as const) {
    process.on(signal, () => {
      void service.reload();
    });
  }
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}

async function explain(invocation: Invocation, words: readonly string[]): Promise<number> {
  const pids = words.map(Number);
  if (pids.length === 0 || pids.some((pid) => !Number.isInteger(pid) || pid < 1))
    throw usageError('rules explain: expected process ids');
  const service = serviceOf(invocation, { log: () => undefined });
  await service.load();
  const explanations = await Promise.all(pids.map((pid) => explanationOf(pid, service)));
  if (invocation.json) {
    const [first, ...others] = explanations.map(explanationJson);
    invocation.printJson(others.length === 0 ? first : [first, ...others]);
    return EXIT.ok;
  }
  for (const explanation of explanations) invocation.explain(explanationLines(explanation));
  return EXIT.ok;
}

async function explanationOf(pid: number, service: RulesService): Promise<Explanation> {
  const { engine } = service;
  const [subject, groups] = [await service.subjectOf(pid), groupsOfProcess(pid)];
  if (subject === undefined || groups === undefined)
    throw new CliError(`rules explain: there is no process ${pid}`);
  const considered = engine.consider(subject);
  const last = considered.at(-1);
  const placement = last?.verdict === 'matches' ? engine.placement(last.rule, subject) : undefined;
  const toMake = (placement?.places ?? []).flatMap((place) => engine.toMake(place, subject));
  return { subject, considered, placement, toMake, groups };
}
