/** Commands that send the supervisor a request and print nothing: reload-configuration, reexec. */
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';

export function notice(name: string): (invocation: Invocation) => Promise<number> {
  return async (invocation) => {
    const answer = await invocation.client().request(`/v1/${name}`, { method: 'POST' });
    if (invocation.json) invocation.printJson(answer);
    return EXIT.ok;
  };
}
