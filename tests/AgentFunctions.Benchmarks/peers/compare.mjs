// Measures ours and the peers in alternating rounds, prints a table, writes JSON. Started by ./run, which installs what it needs.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { engines, ours } from './engines/index.mjs';
import { machine, machineLine, syncMilliseconds } from './measure/machine.mjs';
import { againstTheBest, markdown, summarize } from './measure/summary.mjs';

const options = readOptions();
if (options.quick) Object.assign(options, { rounds: '1', seconds: '3', warmup: '1.5' });

const folder = fs.mkdtempSync(path.join(options.folder, 'agent-loop-'));
fs.chmodSync(folder, 0o755); // PostgreSQL, which does not run as root, must reach its folder
process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const on = machine(folder);
console.log(machineLine(on));
if (on.in_memory_folder) console.log(`warning: ${options.folder} is in memory, so nothing is durable there; give --folder one on a disk`);

const skipped = [];
const measurements = [];
const chosen = select();
for (let round = 1; round <= Number(options.rounds); round++)
  for (const level of options.levels.split(',').map(Number))
    for (const engine of round % 2 === 1 ? chosen : chosen.toReversed()) await measure(engine, level, round);
report();
process.exit(skipped.length === 0 ? 0 : 1);

function readOptions() {
  const text = (otherwise) => ({ type: 'string', default: otherwise });
  try {
    const { values } = parseArgs({
      options: {
        only: text(''), levels: text('1,16,256'), seconds: text('4'), warmup: text('2'), rounds: text('3'), quick: { type: 'boolean' },
        folder: text(os.tmpdir()), json: text('peers.json'), readme: { type: 'boolean' },
      },
    });
    for (const name of ['levels', 'seconds', 'warmup', 'rounds'])
      if (!/^[0-9.]+(,[0-9]+)*$/.test(values[name])) throw new Error(`--${name} takes numbers, not '${values[name]}'`);
    const unknown = values.only.split(',').find((begin) => !engines.some(({ name }) => name.startsWith(begin)));
    if (unknown) throw new Error(`--only knows no '${unknown}', but ${engines.map(({ name }) => name).join(', ')}`);
    return values;
  } catch (error) {
    console.error(`${error.message}; see --help`);
    process.exit(2);
  }
}

/** The engines that were asked for and can run here. */
function select() {
  const names = options.only.split(',').filter(Boolean);
  const wanted = engines.filter(({ name }) => names.length === 0 || name === ours || names.some((begin) => name.startsWith(begin)));
  return wanted.filter((engine) => {
    try {
      engine.prepare();
      return true;
    } catch (error) {
      skip(engine.name, error);
      return false;
    }
  });
}

async function measure(engine, level, round) {
  const place = fs.mkdtempSync(path.join(folder, `${engine.name}-`));
  fs.chmodSync(place, 0o755);
  const json = path.join(place, 'result.json');
  const sync_ms = syncMilliseconds(folder);
  try {
    const [command, args] = engine.command({ level: String(level), seconds: options.seconds, warmup: options.warmup, folder: place, json });
    await finished(command, args, 90 + 4 * (Number(options.seconds) + Number(options.warmup)));
    const { levels: [result], ...about } = JSON.parse(fs.readFileSync(json, 'utf8'));
    measurements.push({ engine: engine.name, round, level, sync_ms, version: about.version, settings: about.settings, result });
    console.error(`round ${round}, ${level} at once, ${engine.name}: ${result.runs_per_second.toFixed(1)} runs/s, step p50 ${result.step_p50_ms.toFixed(3)} ms`);
  } catch (error) {
    skip(`${engine.name}, ${level} at once, round ${round}`, error);
  } finally {
    fs.rmSync(place, { recursive: true, force: true });
  }
}

function skip(what, error) {
  skipped.push(`${what}: ${error.message}`);
  console.error(`not measured: ${skipped.at(-1)}`);
}

/** Ends when the program has; its last words are in the error when it fails or takes too long. */
function finished(command, args, limitSeconds) {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: limitSeconds * 1000 });
  const end = () => child.kill();
  process.once('exit', end);
  let said = '';
  child.stderr.on('data', (data) => { said = (said + data).slice(-2000); });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      process.off('exit', end);
      if (code === 0) resolve();
      else reject(new Error(`${path.basename(command)} ended with ${signal ?? code}: ${said.trim()}`));
    });
  });
}

function report() {
  const rows = summarize(measurements);
  const missing = skipped.map((line) => `\n- not measured: ${line.split('\n')[0]}`).join('');
  const results = `${machineLine(on)}.\n\n${markdown(rows)}\n\n${againstTheBest(rows)}${missing}`;
  console.log(`\n${results}`);
  fs.writeFileSync(options.json, JSON.stringify({ machine: on, options, rows, measurements, skipped }, null, 2) + '\n');
  console.log(`\nAll measurements: ${options.json}`);
  if (options.readme) updateReadme(results);
}

function updateReadme(results) {
  const file = new URL('README.md', import.meta.url);
  const [before, , after] = fs.readFileSync(file, 'utf8').split(/<!-- \/?results -->/);
  fs.writeFileSync(file, `${before}<!-- results -->\n${results.trim()}\n<!-- /results -->${after}`);
}
