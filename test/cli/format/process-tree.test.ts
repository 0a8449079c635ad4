import { test } from 'tap';
import { namespaceGroups } from '../../../src/cli/format/process-tree.js';
import type { NamespaceNumbers, ProcessNode } from '../../../src/supervisor/api/process-tree.js';
import { runningJob } from '../../control/fake-supervisor.js';

const OWN = { pid: 1, net: 2 };
const IN_CONTAINER = { pid: 10, net: 2 };

function node(pid: number, namespaces: NamespaceNumbers, children: readonly ProcessNode[] = []): ProcessNode {
  return { pid, role: 'member', command: `p${pid}`, session: 4, namespaces, children };
}

const tree = (roots: readonly ProcessNode[]) => ({
  status: runningJob('web', 4),
  roots,
  namespaces: { name: 'perf', misses: 'nothing', own: OWN } as const,
});

test('processes are grouped by container, each with what tells it from foster', (t) => {
  const inside = node(6, IN_CONTAINER, [node(7, IN_CONTAINER), node(8, OWN)]);
  t.same(namespaceGroups(tree([node(4, OWN, [node(5, OWN), inside])])), [
    "    foster's own namespaces",
    '    ├─ 4 member  p4',
    '    │  └─ 5 member  p5',
    '    └─ 8 member  p8',
    '    container pid=10',
    '    └─ 6 member  p6',
    '       └─ 7 member  p7',
    '    changes are learned of by perf: nothing',
  ]);
  t.end();
});

test('two containers of one job are two groups, and what may not be read is one, too', (t) => {
  const lines = namespaceGroups(tree([node(4, IN_CONTAINER), node(5, { pid: 11, net: 3 }), node(6, {})]));
  t.same(
    lines.filter((line) => !line.includes('─')),
    [
      '    container pid=10',
      '    container pid=11 net=3',
      '    namespaces that may not be read',
      '    changes are learned of by perf: nothing',
    ],
  );
  t.end();
});
