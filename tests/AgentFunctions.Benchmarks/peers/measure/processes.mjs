// Child processes of a measurement: free ports for them, waiting until they answer, and ending them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts a program whose output goes to `log`; `stop()` ends it and waits. */
export function start(command, args, { log, env = {}, ...options }) {
  const output = fs.openSync(log, 'a');
  const child = spawn(command, args, { stdio: ['ignore', output, output], env: { ...process.env, ...env }, ...options });
  fs.closeSync(output);
  const ended = new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  return {
    child,
    /** Calls `probe` until it does not throw; the program's log is in the error when that takes too long. */
    async ready(probe, seconds = 60) {
      for (const limit = Date.now() + seconds * 1000; ;) {
        const failure = await probe().then(() => null, (error) => error);
        if (failure === null) return;
        if (child.exitCode !== null || Date.now() > limit)
          throw new Error(`${command} did not get ready (${failure.message}); the end of ${log}:\n${tail(log)}`);
        await delay(50);
      }
    },
    async stop(signal = 'SIGTERM', graceSeconds = 5) {
      process.off('exit', kill);
      child.kill(signal);
      if (await Promise.race([ended.then(() => true), delay(graceSeconds * 1000, false, { ref: false })])) return;
      child.kill('SIGKILL');
      await ended;
    },
  };
}

const tail = (log) => fs.readFileSync(log, 'utf8').split('\n').slice(-15).join('\n');

export async function ok(url, init) {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 300)}`);
  return text;
}
