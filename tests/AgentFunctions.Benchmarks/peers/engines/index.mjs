// What is measured: ours, and each peer as its documentation advises. A name that --only gives may be the begin of several.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageFolder, postgresFolder } from './installed.mjs';

const benchmarks = fileURLToPath(new URL('../../', import.meta.url));
const measure = fileURLToPath(new URL('../measure/engine.mjs', import.meta.url));

export const ours = 'agentfunctions';

/** `prepare` throws what is missing; `command` gives the program that measures one level and its arguments. */
export const engines = [
  { name: ours, prepare: build, command: agentFunctions },
  peer('restate', 'restate', 'default', ['@restatedev/restate-sdk', '@restatedev/restate-sdk-clients', '@restatedev/restate-server']),
  peer('restate-tuned', 'restate', 'tuned', ['@restatedev/restate-sdk', '@restatedev/restate-sdk-clients', '@restatedev/restate-server']),
  peer('dbos', 'dbos', 'tuned', ['@dbos-inc/dbos-sdk'], postgresFolder),
  peer('langgraph', 'langgraph', 'default', ['@langchain/langgraph', 'better-sqlite3']),
  peer('langgraph-full', 'langgraph', 'full', ['@langchain/langgraph', 'better-sqlite3']),
];

function peer(name, module, profile, packages, alsoNeeds = () => {}) {
  return {
    name,
    prepare() {
      packages.forEach(packageFolder);
      alsoNeeds();
    },
    command: ({ level, seconds, warmup, folder, json }) => [process.execPath, [
      measure, module, '--profile', profile, '--levels', level, '--seconds', seconds, '--warmup', warmup, '--data', folder, '--json', json,
    ]],
  };
}

function build() {
  try {
    execFileSync('dotnet', ['build', benchmarks, '-c', 'Release', '-v', 'q', '--nologo'], { stdio: ['ignore', 'ignore', 'inherit'] });
  } catch (error) {
    throw new Error(`AgentFunctions.Benchmarks could not be built with the .NET SDK (${error.message})`);
  }
}

/** It warms up for one round as long as the one that counts, and has its own anchor beside it: the same bytes written bare. */
function agentFunctions({ level, seconds, folder, json }) {
  const program = path.join(benchmarks, 'bin', 'Release', 'net10.0', 'AgentFunctions.Benchmarks.dll');
  return ['dotnet', [program, 'agent-loop', '--levels', level, '--rounds', '1', '--seconds', seconds, '--folder', folder, '--json', json]];
}
