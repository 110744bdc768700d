// Restate: its server, the loop as a service in a second process, and this process as the client, over HTTP as it is meant to be.
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as clients from '@restatedev/restate-sdk-clients';
import { expectSteps } from '../measure/content.mjs';
import { freePort, ok, start as startProcess } from '../measure/processes.mjs';
import { packageFolder, packageVersion } from './installed.mjs';

// Every write reaches the disk before it counts in both: rocksdb-disable-wal-fsync is false by default and stays so.
const profiles = {
  default: {},
  tuned: {
    RESTATE_DEFAULT_NUM_PARTITIONS: String(2 * os.availableParallelism()), // a log each; 24 are meant for a cluster
    RESTATE_BIFROST__DEFAULT_PROVIDER: 'local', // the log of a single node, without the replication protocol around it
    RESTATE_LOGGING: 'WARN', // the SDK: no line per invocation
  },
};

export async function start({ data, profile = 'default' }) {
  const ports = { node: await freePort(), admin: await freePort(), ingress: await freePort(), service: await freePort() };
  const tuning = profiles[profile];
  const server = startServer(data, ports, tuning);
  const script = fileURLToPath(new URL('restate-service.mjs', import.meta.url));
  const service = startProcess(process.execPath, [script, String(ports.service)], { log: path.join(data, 'service.log'), env: tuning });
  await server.ready(() => ok(`http://127.0.0.1:${ports.admin}/health`));
  await server.ready(() => ok(`http://127.0.0.1:${ports.ingress}/restate/health`));
  await service.ready(() => register(ports));

  const agent = clients.connect({ url: `http://127.0.0.1:${ports.ingress}` }).serviceClient({ name: 'agent' });
  const run = async () => expectSteps(await agent.loop());
  await server.ready(run);
  return {
    version: packageVersion('@restatedev/restate-server'),
    settings: { profile, sdk: packageVersion('@restatedev/restate-sdk'), 'rocksdb-disable-wal-fsync': 'false (default)', ...tuning },
    run,
    async stop() {
      await service.stop();
      await server.stop();
    },
  };
}

function startServer(data, ports, tuning) {
  const env = {
    RESTATE_BIND_IP: '127.0.0.1', RESTATE_LISTEN_MODE: 'tcp', RESTATE_BIND_PORT: String(ports.node),
    RESTATE_ADMIN__BIND_PORT: String(ports.admin), RESTATE_INGRESS__BIND_PORT: String(ports.ingress),
    RESTATE_ADVERTISED_HOST: '127.0.0.1', RESTATE_NODE_NAME: 'bench', RESTATE_DISABLE_TELEMETRY: 'true',
    RESTATE_LOG_FILTER: 'warn', DO_NOT_TRACK: '1', ...tuning,
  };
  return startProcess(serverBinary(), ['--base-dir', path.join(data, 'restate'), '--no-logo'], { log: path.join(data, 'restate.log'), env });
}

/** The server itself, without the script around it, so that signals reach it. */
const serverBinary = () => path.join(packageFolder(`@restatedev/restate-server-${process.platform}-${process.arch}`), 'bin', 'restate-server');

const register = (ports) => ok(`http://127.0.0.1:${ports.admin}/deployments`, {
  method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ uri: `http://127.0.0.1:${ports.service}` }),
});
