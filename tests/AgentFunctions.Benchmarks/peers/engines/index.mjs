// What is measured: ours, and each peer as its documentation advises. A name that --only gives may be the begin of several.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { postgresFolder } from './postgres.mjs';

const benchmarks = fileURLToPath(new URL('../../', import.meta.url));
const measure = fileURLToPath(new URL('../measure/engine.mjs', import.meta.url));

export const ours = 'agentfunctions';

/** `prepare` throws what is missing; `command` gives the program that measures one level and its arguments. */
export const engines = [
  { name: ours, prepare: build, command: agentFunctions },
  peer('restate', 'restate', 'default', ['@restatedev/restate-sdk', '@restatedev/restate-server']),
  peer('restate-tuned', 'restate', 'tuned', ['@restatedev/restate-sdk', '@restatedev/restate-server']),
  peer('dbos', 'dbos', 'tuned', ['@dbos-inc/dbos-sdk'], postgresFolder),
  peer('langgraph', 'langgraph', 'default', ['@langchain/langgraph', 'better-sqlite3']),
  peer('langgraph-full', 'langgraph', 'full', ['@langchain/langgraph', 'better-sqlite3']),
];

function peer(name, module, profile, packages, alsoNeeds = () => {}) {
  return {
    name,
    prepare() {
      for (const missing of packages.filter((id) => !installed(id)))
        throw new Error(`the npm package ${missing} is not installed: run \`npm ci\` in this folder where the npm registry can be reached`);
      alsoNeeds();
    },
    command: ({ level, seconds, warmup, folder, json }) => [process.execPath, [
      measure, module, '--profile', profile, '--levels', level, '--seconds', seconds, '--warmup', warmup, '--data', folder, '--json', json,
    ]],
  };
}

const installed = (id) => createRequire(import.meta.url).resolve.paths(id).some((modules) => fs.existsSync(path.join(modules, id)));

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
