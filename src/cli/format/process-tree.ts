/** Draws processes as a tree, on request grouped by container, that is, by their namespaces. Pure. */
import type { JobTree, NamespaceNumbers, ProcessNode } from '../../supervisor/api/process-tree.js';

/** Returns one line per process: `├─ 123 main  /usr/sbin/nginx`. */
export function processTree(roots: readonly ProcessNode[]): readonly string[] {
  return draw(roots, '    ');
}

function draw(nodes: readonly ProcessNode[], indent: string): readonly string[] {
  return nodes.flatMap((node, index) => {
    const last = index === nodes.length - 1;
    const line = `${indent}${last ? '└─' : '├─'} ${node.pid} ${node.role}  ${node.command.trimEnd()}`;
    return [line, ...draw(node.children, `${indent}${last ? '   ' : '│  '}`)];
  });
}

interface Group {
  readonly namespaces: NamespaceNumbers;
  /** processes whose parent is in another group, or has exited */
  readonly roots: ProcessNode[];
}

/**
 * Returns a line for each group with its processes below it, and a remark on how changes would be noticed.
 */
export function namespaceGroups({ roots, namespaces }: JobTree): readonly string[] {
  if (namespaces === undefined) return processTree(roots);
  const lines = [...groupsOf(roots).values()].flatMap((group) => [
    `    ${title(group.namespaces, namespaces.own)}`,
    ...processTree(group.roots),
  ]);
  return [...lines, `    changes are learned of by ${namespaces.name}: ${namespaces.misses}`];
}

function groupsOf(roots: readonly ProcessNode[]): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  const enter = (node: ProcessNode, creator: { key: string; children: ProcessNode[] } | undefined): void => {
    const { namespaces = {} } = node;
    const key = JSON.stringify(Object.entries(namespaces).sort());
    const children: ProcessNode[] = [];
    const own: ProcessNode = { ...node, children };
    if (creator?.key === key) creator.children.push(own);
    else {
      const group = groups.get(key) ?? { namespaces, roots: [] };
      group.roots.push(own);
      groups.set(key, group);
    }
    for (const child of node.children) enter(child, { key, children });
  };
  for (const root of roots) enter(root, undefined);
  return groups;
}

/** Returns the namespaces that differ from foster's own. */
function title(namespaces: NamespaceNumbers, own: NamespaceNumbers): string {
  const entries = Object.entries(namespaces);
  if (entries.length === 0) return 'namespaces that may not be read';
  const others = entries.filter(([kind, inode]) => own[kind as keyof NamespaceNumbers] !== inode);
  if (others.length === 0) return "foster's own namespaces";
  return `container ${others.map(([kind, inode]) => `${kind}=${inode}`).join(' ')}`;
}
