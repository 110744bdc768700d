// What was measured on: one line for the results, and a probe of the disk that shows how steady the machine was.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { percentile } from './closed-loop.mjs';

const tmpfs = 0x01021994;

export function machine(folder) {
  const cpus = os.cpus();
  return {
    date: new Date().toISOString().slice(0, 16) + 'Z', cpu: cpus[0].model.trim(), cores: cpus.length, memory_gb: Math.round(os.totalmem() / 2 ** 30),
    os: `${os.type()} ${os.release().split('-')[0]}`, node: process.version, dotnet: dotnetVersion(), sync_ms: syncMilliseconds(folder), in_memory_folder: fs.statfsSync(folder).type === tmpfs,
  };
}

export const machineLine = (m) =>
  `${m.date}, ${m.cpu}, ${m.cores} cores, ${m.memory_gb} GB, ${m.os}, Node.js ${m.node}, .NET ${m.dotnet}; an append of 1 KB with fdatasync takes ${m.sync_ms.toFixed(2)} ms (median of 200)`;

/** The median time to append 1 KB and have it on the disk: the least that a durable step can cost a single client. */
export function syncMilliseconds(folder, times = 200) {
  const name = path.join(folder, 'sync-probe');
  const file = fs.openSync(name, 'w');
  const bytes = Buffer.alloc(1024, 'x');
  const taken = Array.from({ length: times }, () => {
    const begin = performance.now();
    fs.writeSync(file, bytes);
    fs.fdatasyncSync(file);
    return performance.now() - begin;
  });
  fs.closeSync(file);
  fs.rmSync(name);
  return percentile(taken.sort((a, b) => a - b), 50);
}

function dotnetVersion() {
  try {
    return execFileSync('dotnet', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'missing';
  }
}
