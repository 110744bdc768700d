// A PostgreSQL cluster of its own in the measurement's folder: default durability, a free port, gone with the folder.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { freePort, start } from '../measure/processes.mjs';
import { postgresFolder } from './installed.mjs';

// What decides whether a commit is on the disk when it is acknowledged; never set here, only reported.
const durability = ['server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method', 'commit_delay', 'shared_buffers', 'max_wal_size'];

export async function startPostgres(data, settings) {
  const bin = postgresFolder();
  const cluster = path.join(data, 'postgres');
  const owner = unprivileged();
  fs.mkdirSync(cluster, { recursive: true });
  if (owner) fs.chownSync(cluster, owner.uid, owner.gid);
  execFileSync(path.join(bin, 'initdb'), ['-D', cluster, '-U', 'postgres', '--auth=trust', '--no-sync', '-E', 'UTF8'], { cwd: cluster, stdio: 'ignore', ...owner });

  const port = await freePort();
  const all = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', ...settings };
  const args = ['-D', cluster, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const server = start(path.join(bin, 'postgres'), args, { log: path.join(data, 'postgres.log'), cwd: cluster, ...owner });
  const url = (database) => `postgresql://postgres@127.0.0.1:${port}/${database}`;
  await server.ready(() => query(url('postgres'), 'SELECT 1'));
  return {
    url,
    settings: async () => Object.fromEntries(await Promise.all(durability.map(async (name) => [name, Object.values((await query(url('postgres'), `SHOW ${name}`))[0])[0]]))),
    stop: () => server.stop('SIGINT', 20),
  };
}

/** PostgreSQL refuses to run as root; then it runs as the user that its package made. */
function unprivileged() {
  if (os.userInfo().uid !== 0) return undefined;
  const line = fs.readFileSync('/etc/passwd', 'utf8').split('\n').find((l) => l.startsWith('postgres:'));
  if (!line) throw new Error('run as root, PostgreSQL needs the user "postgres" that its package makes: apt-get install postgresql');
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

async function query(connectionString, sql) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
