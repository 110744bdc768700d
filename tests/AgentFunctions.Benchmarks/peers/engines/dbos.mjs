// DBOS: a workflow of ten steps in this process, checkpointed to a PostgreSQL of its own.
import { DBOS } from '@dbos-inc/dbos-sdk';
import { content, expectSteps } from '../measure/content.mjs';
import { stepsPerRun } from '../measure/closed-loop.mjs';
import { packageVersion } from './installed.mjs';
import { startPostgres } from './postgres.mjs';

const profiles = {
  default: { pool: undefined, postgres: {} },
  // More clients than connections wait for one, and a commit carries more the more connections there are; memory and WAL
  // as PostgreSQL's manual advises for a server of its own. What makes a commit durable stays at its default.
  tuned: { pool: 20, postgres: { shared_buffers: '1GB', max_wal_size: '4GB' } },
};

export async function start({ data, profile = 'tuned' }) {
  const { pool, postgres } = profiles[profile];
  const server = await startPostgres(data, postgres);
  DBOS.setConfig({ name: 'agent-loop', systemDatabaseUrl: server.url('agent_loop'), systemDatabasePoolSize: pool, logLevel: 'error' });
  const agentLoop = DBOS.registerWorkflow(workflow, { name: 'agentLoop' });
  await DBOS.launch();
  return {
    version: packageVersion('@dbos-inc/dbos-sdk'),
    settings: { systemDatabasePoolSize: pool ?? 10, ...await server.settings() },
    run: async () => expectSteps(await agentLoop()),
    async stop() {
      await DBOS.shutdown();
      await server.stop();
    },
  };
}

async function workflow() {
  const results = [];
  while (results.length < stepsPerRun) {
    results.push(await DBOS.runStep(async () => content.model, { name: 'model' }));
    results.push(await DBOS.runStep(async () => content.tool, { name: 'tool' }));
  }
  return results;
}
