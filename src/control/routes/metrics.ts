/** Metrics, for Prometheus and others that read OpenMetrics text. */
import { OPEN_METRICS, openMetrics, type OwnUsage } from './open-metrics.js';
import type { Route } from '../server/router.js';

export const metricsRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/metrics',
    access: 'everyone',
    does: 'read metrics',
    answer: async ({ api }) => ({
      kind: 'text',
      contentType: OPEN_METRICS,
      body: openMetrics({
        jobs: api.jobs(),
        usage: await api.groupCommands.usage(),
        report: api.report(),
        measures: api.measures(),
        own: ownUsage(),
      }),
    }),
  },
];

function ownUsage(): OwnUsage {
  const { user, system } = process.cpuUsage();
  const { active, idle } = performance.eventLoopUtilization();
  return {
    cpu: (user + system) / 1e6,
    memory: process.memoryUsage.rss(),
    loop: { active: active / 1000, idle: idle / 1000 },
  };
}
