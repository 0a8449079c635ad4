/** All routes of the control socket; a test compares them with docs/control.md. */
import type { Route } from '../server/router.js';
import { environmentRoutes } from './environment.js';
import { eventRoutes } from './events.js';
import { groupRoutes } from './groups.js';
import { jobRoutes } from './jobs.js';
import { runRoutes } from './run.js';
import { signalRoutes } from './signals.js';
import { metricsRoutes } from './metrics.js';
import { supervisorRoutes } from './supervisor.js';

export const ROUTES: readonly Route[] = [
  ...jobRoutes,
  ...signalRoutes,
  ...runRoutes,
  ...groupRoutes,
  ...eventRoutes,
  ...supervisorRoutes,
  ...environmentRoutes,
  ...metricsRoutes,
];
