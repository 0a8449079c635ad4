/** Draws processes as a tree. */
import type { ProcessNode } from '../../supervisor/api/process-tree.js';

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
